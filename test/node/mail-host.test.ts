import { createSocket, type Socket } from "node:dgram";
import { expect, onTestFinished, test } from "vitest";
import { createMailHost } from "../../src/node/mail-host.ts";

/** What a name server answers by domain; nothing at all for one that it does not list. */
type Zone = Readonly<Record<string, { code?: number; mx?: string[] }>>;

function writeName(name: string): Buffer {
  const labels = name === "" ? [] : name.split(".");
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function answerTo(query: Buffer, zone: Zone): Buffer | null {
  let at = 12;
  const labels: string[] = [];
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + size).toString());
    at += size + 1;
  }
  const entry = zone[labels.join(".").toLowerCase()];
  if (entry === undefined) return null;
  const { code = 0, mx = [] } = entry;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(mx.length, 6);
  const records = mx.map((exchange) => {
    const data = Buffer.concat([Buffer.from([0, exchange === "" ? 0 : 10]), writeName(exchange)]);
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(15, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt32BE(60, 6);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, query.subarray(12, at + 5), ...records]);
}

/** A name server on this machine. */
async function serve(zone: Zone): Promise<{ address: string; asked: () => number }> {
  let asked = 0;
  const socket: Socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    asked += 1;
    const answer = answerTo(query, zone);
    if (answer !== null) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, asked: () => asked };
}

test("a domain is asked for its mail servers: some, none at all, or no such domain (ADR-09, RFC 7505)", async () => {
  const server = await serve({
    "harbour.example": { mx: ["mx.harbour.example"] },
    "null.example": { mx: [""] },
    "bare.example": {},
    "gone.example": { code: 3 },
    "broken.example": { code: 2 },
  });
  const ask = createMailHost(Date.now, [server.address]);
  expect(await ask("harbour.example")).toBe("takes");
  expect(await ask("null.example")).toBe("refuses");
  expect(await ask("gone.example")).toBe("refuses");
  expect(await ask("bare.example")).toBe("unknown");
  expect(await ask("broken.example")).toBe("unknown");
});

test("a name server that says nothing is not waited for longer than a second, and nobody is refused", async () => {
  const server = await serve({});
  const ask = createMailHost(Date.now, [server.address]);
  const began = performance.now();
  expect(await ask("silent.example")).toBe("unknown");
  expect(performance.now() - began).toBeLessThan(3_000);
});

test("an answer is believed for ten minutes, silence is not", async () => {
  const server = await serve({ "harbour.example": { mx: ["mx.harbour.example"] }, "broken.example": { code: 2 } });
  let now = 0;
  const ask = createMailHost(() => now, [server.address]);
  await ask("harbour.example");
  const once = server.asked();
  await ask("harbour.example");
  expect(server.asked()).toBe(once);
  now += 10 * 60_000;
  await ask("harbour.example");
  expect(server.asked()).toBe(2 * once);
  await ask("broken.example");
  const broken = server.asked();
  await ask("broken.example");
  expect(server.asked()).toBeGreaterThan(broken);
});
