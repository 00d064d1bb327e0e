// A stand-in for Resend's API, as a process of its own:
// node test/fakes/resend/main.ts --port 0 --ledger FILE [--allow-reserved] [--domains a.tld,b.tld] [--key re_…]
// [--rate N] [--max-bytes N] [--no-bodies] [--until-stdin-ends]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createApi } from "./api.ts";
import { createFaults, type Fault } from "./faults.ts";
import { openLedger } from "./ledger.ts";
import { answer, readAll, spoil } from "./wire.ts";

const { values: flags } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    ledger: { type: "string" },
    "allow-reserved": { type: "boolean", default: false },
    domains: { type: "string" },
    key: { type: "string" },
    rate: { type: "string" },
    "max-bytes": { type: "string", default: "40000000" },
    "no-bodies": { type: "boolean", default: false },
    "until-stdin-ends": { type: "boolean", default: false },
  },
});
if (flags.ledger === undefined) {
  console.error("usage: node main.ts --port 0 --ledger FILE");
  process.exit(2);
}

interface Logged {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly size: number;
  /** The latest few only. */
  body: string | null;
}

const ledger = openLedger(flags.ledger, !flags["no-bodies"]);
const faults = createFaults();
let requests: Logged[] = [];
let ahead = 0;
let stopped: number | null = null;
let latency = 0;
const now = (): number => (stopped ?? Date.now()) + ahead;
const options = {
  allowReserved: flags["allow-reserved"],
  domains: flags.domains?.split(",") ?? null,
  apiKey: flags.key ?? null,
  rate: flags.rate === undefined ? null : Number(flags.rate),
  maxBytes: Number(flags["max-bytes"]),
};
const api = createApi(options, ledger, now, () => new Promise((done) => setTimeout(done, latency)));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", headers } = request;
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path.startsWith("/_control/")) {
    await control(`${method} ${path.slice("/_control/".length)}`, request, response);
    return;
  }
  const seen = { path, key: String(headers["idempotency-key"] ?? ""), body: "" };
  if (faults.take(seen, true) !== null) {
    request.socket.resetAndDestroy();
    return;
  }
  const body = await readAll(request);
  log({ method, path: request.url ?? "/", headers, size: body.length, body: body.toString() });
  const fault = method === "POST" ? faults.take({ ...seen, body: body.toString() }, false) : null;
  if (fault !== null && !fault.accept) {
    spoil(response, fault, { status: 200, body: "", headers: {} });
    return;
  }
  const reply = await api.answer({ method, path, headers, body });
  if (fault === null) {
    answer(response, reply);
  } else {
    spoil(response, fault, reply);
  }
}

function log(entry: Logged): void {
  requests.push(entry);
  const old = requests.at(-9);
  if (old !== undefined) {
    old.body = null;
  }
}

async function control(order: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await readAll(request)).toString();
  const body: unknown = text === "" ? {} : JSON.parse(text);
  const [found, status] = obey(order, body as Orders);
  answer(response, { status, body: found, headers: {} });
}

interface Orders {
  readonly faults?: readonly Fault[];
  readonly ms?: number;
  /** Calls per second; null enforces none. */
  readonly calls?: number | null;
  /** Time stands still but for what `ms` adds. */
  readonly stop?: boolean;
}

function obey(order: string, body: Orders): [unknown, number] {
  switch (order) {
    case "GET ledger": {
      const perRecipient: Record<string, number> = {};
      for (const { recipient } of ledger.mails) {
        perRecipient[recipient] = (perRecipient[recipient] ?? 0) + 1;
      }
      return [{ perRecipient, mails: ledger.mails }, 200];
    }
    case "GET counts": {
      const recipients = new Set(ledger.mails.map((mail) => mail.recipient)).size;
      return [{ mails: ledger.mails.length, recipients, requests: requests.length, conflicts: api.conflicts() }, 200];
    }
    case "GET requests":
      return [requests, 200];
    case "GET faults":
      return [faults.left(), 200];
    case "POST faults":
      faults.add(body.faults ?? []);
      return [{ left: faults.left().length }, 200];
    case "POST calm":
      faults.clear();
      return [{}, 200];
    case "POST clock":
      ahead += body.ms ?? 0;
      stopped = body.stop ? Date.now() : stopped;
      return [{ now: now() }, 200];
    case "POST rate":
      api.limit(body.calls ?? null);
      return [{ rate: body.calls ?? null }, 200];
    case "POST latency":
      latency = body.ms ?? 0;
      return [{ latency }, 200];
    case "POST reset":
      faults.clear();
      ledger.clear();
      api.forget();
      requests = [];
      latency = 0;
      ahead = 0;
      stopped = null;
      return [{}, 200];
    default:
      return [{ message: `Unknown order ${order}` }, 404];
  }
}

// A test process that is killed cannot stop its fake; the end of the pipe tells.
if (flags["until-stdin-ends"]) {
  process.stdin.on("end", () => process.exit()).resume();
}

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    // A client that hangs up while it sends is part of the game; anything else is a bug of this fake.
    if (!request.destroyed || request.complete) {
      console.error(error);
      process.exitCode = 1;
    }
    response.destroy();
  });
});
// As long as load balancers keep a connection: a test that is busy for 5 s would find its own closed under its next request.
server.keepAliveTimeout = 65_000;
server.listen(Number(flags.port), "127.0.0.1", () => {
  console.log(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
