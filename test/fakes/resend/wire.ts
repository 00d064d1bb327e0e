import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "./api.ts";
import type { Fault } from "./faults.ts";

/** The body as it goes out: strings as they stand, anything else as JSON. */
function encode(body: unknown): Buffer {
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** Reads a whole request body. */
export async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) {
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

/** Sends a reply in full. */
export function answer(response: ServerResponse, { status, body, headers }: Reply): void {
  const bytes = encode(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length, ...headers });
  response.end(bytes);
}

/** Sends a reply as the fault has it; a reply that is no success goes out unharmed. */
export function spoil(response: ServerResponse, fault: Fault, reply: Reply): void {
  if (reply.status >= 300 && fault.accept) {
    answer(response, reply);
    return;
  }
  const bytes = encode(reply.body);
  const head = { "content-type": "application/json", "content-length": bytes.length, ...reply.headers };
  switch (fault.kind) {
    case "answer":
      answer(response, { status: fault.status ?? 200, body: fault.body ?? "", headers: fault.headers ?? {} });
      return;
    case "ids": {
      const ids = Array.from({ length: fault.count ?? 0 }, (_, index) => ({ id: `wrong-${index}` }));
      answer(response, { ...reply, body: { data: ids } });
      return;
    }
    case "twice": {
      const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
      const whole = Buffer.concat([Buffer.from(`HTTP/1.1 ${reply.status} OK\r\n${lines.join("")}\r\n`), bytes]);
      response.socket?.end(Buffer.concat([whole, whole]));
      return;
    }
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "truncate":
      response.writeHead(200, head);
      response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy());
      return;
    case "drip":
      response.writeHead(200, head);
      drip(response, bytes, fault.every ?? 1000);
      return;
  }
}

function drip(response: ServerResponse, bytes: Buffer, every: number): void {
  let at = 0;
  const timer = setInterval(() => {
    response.write(bytes.subarray(at, at + 1));
    at += 1;
    if (at === bytes.length) {
      clearInterval(timer);
      response.end();
    }
  }, every);
  response.on("close", () => clearInterval(timer));
}
