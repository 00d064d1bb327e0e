// Answers batches of mails at once, with an id for each, and keeps nothing: node bench/sink.ts; ends when its input ends.
// GET /counts tells mails and bytes since the last time it was asked.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

// Inside a mail every quotation mark is escaped, so this stands once in each and nowhere else.
const mark = Buffer.from('"to":["');
let mails = 0;
let bytes = 0;

function countMails(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) count += 1;
  return count;
}

async function take(request: IncomingMessage): Promise<string> {
  if (request.url === "/counts") {
    const counts = JSON.stringify({ mails, bytes });
    mails = 0;
    bytes = 0;
    return counts;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const count = countMails(body);
  const from = mails;
  mails += count;
  bytes += body.length;
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
