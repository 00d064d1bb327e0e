import { createSocket, type Socket } from "node:dgram";
import { onTestFinished } from "vitest";
import { askDns } from "../../src/node/mail-host.ts";
import { type DnsRecord, type DnsReply, mailHostContract, type OpenResolver } from "../contract/mail-host.ts";

function writeName(name: string): Buffer {
  const labels = name === "" ? [] : name.split(".");
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

const types: Readonly<Record<number, string>> = { 1: "A", 15: "MX", 28: "AAAA" };

/** The one question of a query: its bytes, and what is asked. */
function readQuestion(query: Buffer): { bytes: Buffer; domain: string; type: string } {
  let at = 12;
  const labels: string[] = [];
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + size).toString());
    at += size + 1;
  }
  const number = query.readUInt16BE(at + 1);
  const domain = labels.join(".").toLowerCase();
  return { bytes: query.subarray(12, at + 5), domain, type: types[number] ?? String(number) };
}

function writeRecord(owner: string, record: DnsRecord): Buffer {
  const data =
    record.type === "CNAME"
      ? writeName(record.target)
      : Buffer.concat([Buffer.from([record.preference >> 8, record.preference & 255]), writeName(record.server)]);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(record.type === "CNAME" ? 5 : 15, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(60, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([writeName(owner), fixed, data]);
}

function answerTo(query: Buffer, reply: DnsReply | undefined): Buffer | null {
  if (reply === undefined || reply === "silent") return null;
  if (reply === "garbled") return Buffer.concat([query.subarray(0, 2), Buffer.from("nonsense")]);
  const { bytes, domain } = readQuestion(query);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | reply.code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(reply.records.length, 6);
  let owner = domain;
  const records = reply.records.map((record) => {
    const written = writeRecord(owner, record);
    if (record.type === "CNAME") owner = record.target;
    return written;
  });
  return Buffer.concat([head, bytes, ...records]);
}

/** A name server on this machine. */
const openServer: OpenResolver = async (zone) => {
  const asked: string[] = [];
  const socket: Socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const { domain, type } = readQuestion(query);
    asked.push(`${domain} ${type}`);
    const answer = answerTo(query, zone.get(domain));
    if (answer !== null) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void socket.close());
  return { ask: askDns([`127.0.0.1:${socket.address().port}`]), asked };
};

mailHostContract(openServer);
