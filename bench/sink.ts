// Answers batches of mails after so many ms, with an id for each, and keeps nothing: node bench/sink.ts [LATENCY]; ends when its
// input ends. GET /counts tells mails and bytes since the last time it was asked, and when the first of them came.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

const latency = Number(process.argv[2] ?? 0);
// Inside a mail every quotation mark is escaped, so this stands once in each and nowhere else.
const mark = Buffer.from('"to":["');
let mails = 0;
let bytes = 0;
/** Ms UTC; 0: none came. */
let first = 0;

/** Counts mails while they stream in: a mark may lie across two chunks, a whole body is never held. */
async function receive(request: IncomingMessage): Promise<number> {
  let count = 0;
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    count += countMarks(Buffer.concat([tail, chunk.subarray(0, mark.length - 1)])) + countMarks(chunk);
    tail = chunk.length < mark.length ? Buffer.concat([tail, chunk]) : chunk;
    tail = tail.subarray(Math.max(0, tail.length - mark.length + 1));
  }
  return count;
}

function countMarks(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) count += 1;
  return count;
}

function tell(): string {
  const counts = JSON.stringify({ mails, bytes, first });
  mails = 0;
  bytes = 0;
  first = 0;
  return counts;
}

async function take(request: IncomingMessage): Promise<string> {
  if (request.url === "/counts") return tell();
  if (first === 0) first = Date.now();
  const count = await receive(request);
  const from = mails;
  mails += count;
  if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
  return JSON.stringify({ data: Array.from({ length: count }, (_, place) => ({ id: `mail-${from + place}` })) });
}

const server = createServer(async (request, response) => {
  const answer = await take(request);
  response
    .writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) })
    .end(answer);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.stdin.resume().once("end", () => process.exit(0));
