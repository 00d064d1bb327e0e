import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { freePort, type LocalWorker, startWorker } from "../../examples/worker/local.ts";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { type Running, serve } from "../../src/node/serve.ts";
import { scratchFolder } from "../world/scratch.ts";
import { alike } from "./alike.ts";

/** Neither of the two listens there: a link that took the address from a request would show. */
export const publicUrl = "http://127.0.0.1:8786";

/** One request, sent to both as it stands, byte for byte. */
export interface Asked {
  readonly method?: string;
  /** As it stands in the request line; `<name>` is what each house has of its own, here and in the body. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Without a length, in two pieces. */
  readonly chunked?: true;
  /** Sends the admin token that each house knows by this name. */
  readonly as?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One of the two, and what it has drawn for itself: tokens, ids of mails, times. */
export interface House {
  readonly url: string;
  readonly own: Map<string, string>;
}

/** The same installation twice: as a process on this machine and as a Worker. */
export interface Pair {
  readonly node: House;
  readonly worker: House;
  readonly running: Running;
  /** Asks both, and fails unless they answer alike; returns Node's answer. */
  both(asked: Asked): Promise<Answered>;
  /** Everything that both were asked so far, with the status of the answer. */
  readonly asked: { readonly method: string; readonly path: string; readonly status: number }[];
  /** Has each house remember something of its own under a name. */
  remember(name: string, find: (house: House) => Promise<string>): Promise<void>;
  /** Asks each house until its answer holds a text. */
  until(asked: Asked, text: string | RegExp): Promise<void>;
  /** Every route of the app but middleware: method and path. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  close(): Promise<void>;
}

const patience = 60_000;

/** Starts both with one key ring and the same settings. */
export async function openPair(settings: Readonly<Record<string, string>>): Promise<Pair> {
  const folder = scratchFolder("parity");
  const port = (await freePort(0)) ?? 0;
  const common = { TIDINGS_PUBLIC_URL: publicUrl, TIDINGS_LOG: "silent", ...settings };
  const worker = await startWorker({ folder: join(folder, "worker"), port, settings: common, config: roomy(folder) });
  mkdirSync(join(folder, "node"));
  copyFileSync(join(folder, "worker/keys"), join(folder, "node/keys"));
  const running = await serve(
    readConfig({
      ...common,
      TIDINGS_PORT: "0",
      TIDINGS_DATABASE: join(folder, "node/tidings.db"),
      TIDINGS_KEYS: join(folder, "node/keys"),
      TIDINGS_OUTBOX: join(folder, "node/outbox"),
      TIDINGS_TEMPLATES: join(folder, "node/templates"),
    }),
  );
  const pair = {
    node: houseOf(running.url, running.opened.firstToken ?? ""),
    worker: houseOf(worker.url, worker.token),
  };
  const asked: Pair["asked"] = [];
  async function both(question: Asked): Promise<Answered> {
    const [node, other] = await Promise.all([ask(pair.node, question), ask(pair.worker, question)]);
    const { method = "GET", path } = question;
    asked.push({ method, path, status: node.status });
    expect(alike(other), `${method} ${path.slice(0, 100)}`).toEqual(alike(node));
    return node;
  }
  return {
    ...pair,
    running,
    both,
    asked,
    routes: createApp(running.opened.ctx).routes.filter(({ method }) => method !== "ALL"),
    remember: async (name, find) => {
      for (const house of [pair.node, pair.worker]) house.own.set(name, await find(house));
    },
    until: async (question, text) => {
      for (const house of [pair.node, pair.worker]) await waited(house, question, text);
    },
    close: () => close(worker, running, folder),
  };
}

function houseOf(url: string, token: string): House {
  return { url, own: new Map([["admin", token]]) };
}

async function close(worker: LocalWorker, running: Running, folder: string): Promise<void> {
  await Promise.all([worker.stop(), running.stop()]);
  rmSync(folder, { recursive: true, force: true });
}

/** Asks one of them with nothing added to what the question says but Host, Connection and the length. */
export function ask(house: House, { method = "GET", path, headers = {}, body, chunked, as }: Asked): Promise<Answered> {
  const { hostname, port } = new URL(house.url);
  const fill = (text: string) => text.replaceAll(/<(\w+)>/g, (all, name: string) => house.own.get(name) ?? all);
  const all = { ...headers, ...(as === undefined ? {} : { authorization: fill(`Bearer <${as}>`) }) };
  const sent = body === undefined ? undefined : Buffer.from(fill(body));
  return new Promise((resolve, reject) => {
    const going = request({ hostname, port, method, path: fill(path), headers: all, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const named = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(named),
          body: Buffer.concat(chunks).toString("latin1"),
        });
      });
    });
    going.on("error", reject);
    going.setTimeout(patience, () => going.destroy(new Error(`no answer within ${patience} ms`)));
    if (sent !== undefined && chunked !== true) going.setHeader("content-length", sent.length);
    if (chunked === true) going.write(sent?.subarray(0, 10));
    going.end(chunked === true ? sent?.subarray(10) : sent);
  });
}

async function waited(house: House, asked: Asked, text: string | RegExp): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    const { body } = await ask(house, asked);
    if (typeof text === "string" ? body.includes(text) : text.test(body)) return;
    if (Date.now() > end) throw new Error(`${asked.path} did not come to ${text}: ${body.slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const root = join(import.meta.dirname, "../..");

/** wrangler.toml with room for more requests in a minute than any reader makes: the machine beside it has no such limit. */
function roomy(folder: string): string {
  const file = join(folder, "wrangler.toml");
  const text = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace("limit = 30", "limit = 400")
    .replaceAll(/"((?:src|templates)\/)/g, `"${root}/$1`);
  expect(text).toContain("limit = 400");
  writeFileSync(file, text);
  return file;
}
