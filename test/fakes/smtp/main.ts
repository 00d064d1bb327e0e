// A stand-in for a mail server, as a process of its own:
// node test/fakes/smtp/main.ts --ledger FILE [--port 0] [--manners JSON] [--no-bodies] [--no-talk] [--until-stdin-ends]
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { type Certificate, selfSigned } from "./certificate.ts";
import { createFaults, type Fault } from "./faults.ts";
import { openLedger } from "./ledger.ts";
import { type Logged, type Manners, serveConnection } from "./session.ts";

const { values: flags } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    ledger: { type: "string" },
    manners: { type: "string", default: "{}" },
    "no-bodies": { type: "boolean", default: false },
    "no-talk": { type: "boolean", default: false },
    "no-sync": { type: "boolean", default: false },
    "until-stdin-ends": { type: "boolean", default: false },
  },
});
if (flags.ledger === undefined) {
  console.error("usage: node main.ts --ledger FILE");
  process.exit(2);
}

const usual: Manners = {
  pipelining: true,
  starttls: false,
  implicitTls: false,
  auth: [],
  user: "press",
  password: "p@ss wörd",
  authRequired: false,
  size: null,
  ehlo: true,
  greylist: false,
  keys: false,
  certificate: { host: "localhost", expired: false },
  askForNobody: false,
};
const atStart: Manners = { ...usual, ...JSON.parse(flags.manners) };
const ledger = openLedger(flags.ledger, !flags["no-bodies"], !flags["no-sync"]);
const certificateFile = `${flags.ledger}.pem`;
const faults = createFaults();
const greylisted = new Set<string>();
const open = new Set<Socket>();
let manners = atStart;
let certificate: Certificate | null = null;
let talks: Logged[] = [];
let connections = 0;

function currentCertificate(): Certificate {
  certificate ??= makeCertificate();
  return certificate;
}

function makeCertificate(): Certificate {
  const day = 86_400_000;
  const { host, expired } = manners.certificate;
  const made = selfSigned(host, Date.now() - 2 * day, Date.now() + (expired ? -1 : 30) * day);
  writeFileSync(certificateFile, made.cert);
  return made;
}

const mails = createServer((socket) => {
  open.add(socket);
  socket.on("close", () => open.delete(socket)).setNoDelay(true);
  connections += 1;
  const log: Logged = { number: connections, tls: false, closed: false, said: [], faults: [] };
  talks.push(log);
  const keepTalk = !flags["no-talk"];
  const certificateOf = currentCertificate;
  serveConnection(
    socket,
    { manners: () => manners, certificate: certificateOf, faults, ledger, greylisted, keepTalk },
    log,
  );
});

interface Orders {
  readonly faults?: readonly Fault[];
  readonly manners?: Partial<Manners>;
}

function obey(order: string, body: Orders): unknown {
  switch (order) {
    case "GET ledger": {
      const perRecipient: Record<string, number> = {};
      for (const { recipient } of ledger.mails) perRecipient[recipient] = (perRecipient[recipient] ?? 0) + 1;
      return { perRecipient, mails: ledger.mails };
    }
    case "GET counts": {
      const recipients = new Set(ledger.mails.map((mail) => mail.recipient)).size;
      return {
        mails: ledger.mails.length,
        recipients,
        connections,
        open: open.size,
        conflicts: ledger.conflicts(),
      };
    }
    case "GET talks":
      return talks;
    case "GET faults":
      return faults.left();
    case "POST faults":
      faults.add(body.faults ?? []);
      return {};
    case "POST manners":
      manners = { ...manners, ...body.manners };
      certificate = null;
      currentCertificate();
      return {};
    case "POST close":
      for (const socket of open) socket.destroy();
      return {};
    case "POST reset":
      for (const socket of open) socket.destroy();
      faults.clear();
      ledger.clear();
      greylisted.clear();
      manners = atStart;
      certificate = null;
      talks = [];
      connections = 0;
      return {};
    default:
      throw new Error(`unknown order ${order}`);
  }
}

async function control(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  const found = obey(
    `${request.method} ${(request.url ?? "/").slice(1)}`,
    text === "" ? {} : (JSON.parse(text) as Orders),
  );
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(found));
}

const orders = createHttpServer((request, response) => {
  control(request, response).catch((error: unknown) => {
    response.writeHead(500).end(String(error));
  });
});

// A test process that is killed cannot stop its fake; the end of the pipe tells.
if (flags["until-stdin-ends"]) process.stdin.on("end", () => process.exit()).resume();

currentCertificate();
mails.listen(Number(flags.port), "127.0.0.1", () => {
  orders.listen(0, "127.0.0.1", () => {
    const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
    console.log(`listening ${portOf(mails)} http://127.0.0.1:${portOf(orders)}`);
  });
});
