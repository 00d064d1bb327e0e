import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A way out that holds every batch until it is let go; speaks as much of Resend's protocol as a batch needs. */
export async function holdingProvider() {
  const held: { answer(): void; size: number }[] = [];
  let come: () => void = () => {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const mails = JSON.parse(Buffer.concat(chunks).toString()) as unknown[];
      const data = mails.map((_, at) => ({
        id: `4ef9a417-02e9-4d39-ad75-${String(held.length * 1_000 + at).padStart(12, "0")}`,
      }));
      const answer = () => response.setHeader("content-type", "application/json").end(JSON.stringify({ data }));
      held.push({ answer, size: mails.length });
      come();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held,
    /** Resolves once so many batches have come. */
    async batches(count: number): Promise<void> {
      while (held.length < count) await new Promise<void>((resolve) => (come = resolve));
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
