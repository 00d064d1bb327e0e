import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import type { FakeOptions, FakeResend } from "./control.ts";
import { spawnFakeResend } from "./spawn.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where tests in workerd, which starts no processes, ask for a fake Resend. */
    broker: string;
  }
}

/** Starts fakes for tests that ask by `POST /start`, and ends them by `POST /SIGTERM` or `/SIGKILL` with their address. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const fakes = new Map<string, FakeResend>();
  async function obey(order: string, body: string): Promise<object> {
    if (order === "/start") {
      const fake = await spawnFakeResend(JSON.parse(body) as FakeOptions);
      fakes.set(fake.url, fake);
      return { url: fake.url, ledgerFile: fake.ledgerFile };
    }
    const fake = fakes.get(body);
    await (order === "/SIGKILL" ? fake?.kill() : fake?.stop());
    return {};
  }
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const done = await obey(request.url ?? "", Buffer.concat(chunks).toString());
    response.end(JSON.stringify(done));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("broker", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
    await Promise.all([...fakes.values()].map((fake) => fake.stop()));
  };
}
