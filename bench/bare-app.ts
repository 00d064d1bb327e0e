import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type Database from "better-sqlite3";
import type { Hono } from "hono";
import type { Config } from "../src/config.ts";
import { openContext } from "../src/node/context.ts";
import { openFile } from "../src/node/engine.ts";
import { createWriter } from "../src/node/writer.ts";
import type { Engine } from "../src/store/store.ts";
import { addNewsletter } from "./newsroom.ts";

/** Serves an app over a fresh database with one newsletter, with the server and the thread that writes of the product. */
export async function serveBareApp(
  config: Config,
  make: (engine: Engine) => Hono,
): Promise<{ url: string; connection: Database.Database; stop(): Promise<void> }> {
  const opened = await openContext(config);
  await addNewsletter(opened.ctx);
  opened.close();
  const connection = openFile(config.database);
  const writer = createWriter(config.database);
  const app = make(writer.engine(connection));
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connection,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await writer.stop();
      connection.close();
    },
  };
}
