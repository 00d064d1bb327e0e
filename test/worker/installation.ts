import { createExecutionContext, createMessageBatch, createScheduledController, getQueueResult } from "cloudflare:test";
import { onTestFinished, vi } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
import { nextTurn } from "../../src/jobs.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { createTableKeep } from "../../src/provider/table-keep.ts";
import { type D1Database, d1Engine } from "../../src/store/d1.ts";
import { openStore } from "../../src/store/open.ts";
import type { Bindings } from "../../src/worker/bindings.ts";
import { createContext } from "../../src/worker/context.ts";
import main from "../../src/worker/main.ts";
import { addReaders } from "../delivery/readers.ts";
import { ringText } from "../world/house.ts";
import { type Mail, readMail } from "../world/mail.ts";
import { besideDatabase } from "../world/platform-worker.ts";
import { bound, emptied } from "./bindings.ts";

export const firstToken = "a-token-that-nobody-has-guessed-yet";

/** The Worker with a database, a queue and a clock of the test's own. Bindings are those of one isolate. */
export interface Installation {
  readonly bindings: Bindings;
  /** Delays in seconds of the bell's messages that have not been handed over. */
  readonly bell: number[];
  /** The Worker in another isolate, on the same database and queue. */
  isolate(changes?: Partial<Bindings>): Installation;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, fields: Record<string, string>): Promise<Response>;
  /** Hands a message over; tells whether it is to come again. */
  queue(): Promise<boolean>;
  scheduled(): Promise<void>;
  /** Hands messages over until there are none and nothing is owed, cron looking once a minute; tells how many minutes have passed. */
  settle(): Promise<number>;
  mails(): Promise<Mail[]>;
  /** Whom the kept mails went to, in the order of letters; cheaper than reading them. */
  recipients(): Promise<string[]>;
  rows<Row = unknown>(text: string): Promise<Row[]>;
}

const passing = Date.now;
let ahead = 0;

/** Moves the clock of all isolates on; otherwise it runs as ever, since an invocation may wait. */
function pass(ms: number): void {
  ahead += ms;
}

/** An empty database on which the Worker has not been yet. */
export async function openInstallation(changes: Partial<Bindings> = {}): Promise<Installation> {
  ahead = 0;
  const now = vi.spyOn(Date, "now").mockImplementation(() => passing() + ahead);
  onTestFinished(() => now.mockRestore());
  const database = await emptied(bound.DB);
  return isolateOf(database, [], changes);
}

function isolateOf(database: D1Database, bell: number[], changes: Partial<Bindings>): Installation {
  const { SIGNUP_LIMIT: _limit, ...rest } = bound;
  const bindings: Bindings = {
    ...rest,
    DB: database,
    BELL: { send: async (_message, options) => bell.push(options?.delaySeconds ?? 0) },
    TIDINGS_KEY_RING: ringText,
    TIDINGS_FIRST_TOKEN: firstToken,
    ...{
      TIDINGS_PUBLIC_URL: "https://letters.example",
      TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only",
      TIDINGS_LOG: "silent",
    },
    ...changes,
  };
  const fetch: Installation["fetch"] = (path, init = {}) =>
    main.fetch(new Request(new URL(path, "https://letters.example"), { redirect: "manual", ...init }), bindings);
  const beside = besideDatabase(bound.DB);
  const keep = createTableKeep(openStore(d1Engine(bound.DB)), Date.now);
  const installation: Installation = {
    bindings,
    bell,
    isolate: (other = {}) => isolateOf(database, bell, { ...changes, ...other }),
    fetch,
    post: (path, fields) => fetch(path, { method: "POST", body: new URLSearchParams(fields) }),
    queue: () => handOver(bindings),
    scheduled: () => main.scheduled(createScheduledController(), bindings),
    settle: () => settle(installation),
    recipients: async () => (await keep.list({ limit: 10_000 })).map(({ to }) => to).sort(),
    mails: async () => {
      const listed = (await keep.list({ limit: 10_000 })).reverse();
      return Promise.all(listed.map(async ({ id }) => readMail((await keep.read(id)) ?? new Uint8Array())));
    },
    rows: <Row>(text: string) => beside.prepare<unknown, Row>(text).all(),
  };
  return installation;
}

let messages = 0;

async function handOver(bindings: Bindings): Promise<boolean> {
  messages += 1;
  const message = { id: String(messages), timestamp: new Date(), attempts: 1, body: "look" };
  const batch = createMessageBatch("tidings-bell", [message]);
  await main.queue(batch, bindings);
  return (await getQueueResult(batch, createExecutionContext())).retryBatch.retry;
}

/** Settles whatever is owed, of an installation or of isolates that take each other's place. */
export async function settle(
  installation: Pick<Installation, "bell" | "bindings" | "queue" | "scheduled">,
): Promise<number> {
  const looking = createContext({ ...installation.bindings, DB: bound.DB }, { bell: { ring() {} } });
  for (let minutes = 0; minutes < 30; minutes += 1) {
    await emptyQueue(installation);
    if ((await nextTurn(looking)) === null) return minutes;
    pass(60_000);
    // A cron run that fails is logged by the platform, and the next one comes in a minute.
    await installation.scheduled().catch((fault) => console.error("cron failed", fault));
  }
  throw new Error("half an hour has not paid everything");
}

async function emptyQueue({ bell, queue }: Pick<Installation, "bell" | "queue">): Promise<void> {
  for (let handed = 0; bell.length > 0; handed += 1) {
    if (handed > 100) throw new Error("the bell rings for ever");
    pass((bell.shift() ?? 0) * 1_000);
    // A message that failed three times is left to cron.
    for (let tries = 0; tries < 3 && (await queue()); tries += 1);
  }
}

/** Starts the instance and gives it an operator and one newsletter, "tide". */
export async function furnish(installation: Installation): Promise<void> {
  const { bindings } = installation;
  if ((await installation.fetch("/healthz")).status !== 200) throw new Error("it has not started");
  const ctx = createContext(bindings, { bell: { ring() {} } });
  await editInstance(ctx, {
    operator: "Harbour Courier Ltd",
    postalAddress: "4 Customs Quay",
    privacyUrl: "https://harbourcourier.example/privacy",
  });
  await createNewsletter(ctx, {
    slug: "tide",
    name: "The Tide",
    pitch: "What the water brings.",
    senderName: "The Courier",
    senderAddress: "tide@harbourcourier.example",
  });
}

/** Confirmed readers of the newsletter, `reader1@post.tld` and so on. */
export async function addMany({ bindings }: Installation, count: number): Promise<void> {
  const beside = besideDatabase(bindings.DB);
  const given = { newsletter: 1, count, at: Date.now() - 3_600_000, from: 0 };
  for (const text of addReaders) await beside.prepare(text).run(given);
}

/** Saves an issue by the API and starts to send it to so many, as `tidings issue send --server` does. */
export async function sendIssue(installation: Installation, slug: string, expect: number): Promise<void> {
  const source = `---\nnewsletter: tide\nsubject: News of ${slug}\nslug: ${slug}\n---\n\nThe tide is out.\n`;
  await demand(() => api(installation, "PUT", "/api/issues", { source }));
  const asOf = Date.now();
  await demand(() => api(installation, "POST", `/api/issues/tide/${slug}/send`, { expect, asOf }));
}

/** Asks until it is answered otherwise than by a fault of the server, as people do; it must be granted in the end. */
export async function demand(ask: () => Promise<Response>): Promise<Response> {
  let answer = await ask();
  for (let tries = 1; answer.status >= 500 && tries < 5; tries += 1) answer = await ask();
  if (answer.status >= 400) throw new Error(`it was answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** Asks the API as whoever holds the first token. */
export function api(
  installation: Installation,
  method: string,
  path: string,
  body?: unknown,
  token = firstToken,
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return installation.fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}
