import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "../app.ts";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { readInstance } from "../instance/find.ts";
import { noteServed } from "../instance/serve.ts";
import { type Opened, openContext } from "./context.ts";
import { createLoop, type Loop } from "./loop.ts";
import { markRunning } from "./running.ts";
import { bearWitness } from "./witness.ts";
import { createWriter, type Writer } from "./writer.ts";

/** A server that takes requests and pays mails. */
export interface Running {
  /** Where it listens, for instance http://127.0.0.1:8787. */
  readonly url: string;
  readonly opened: Opened;
  /** Finishes what is in flight, then closes everything. */
  stop(): Promise<void>;
}

const second = 1_000;

/** Starts the whole of Tidings in this process. Throws `misconfigured` or `unavailable` before it listens. */
export async function serve(given: Config): Promise<Running> {
  const config = await withPort(given);
  const loop = createLoop(config.parallel, bearWitness);
  const writer = createWriter(config.database);
  const opened = await openServed(config, loop, writer);
  const { ctx } = opened;
  try {
    const server = createServer(
      // A slow client may hold a socket, never a worker (SEC-15).
      {
        requestTimeout: 30 * second,
        headersTimeout: 15 * second,
        keepAliveTimeout: 5 * second,
        connectionsCheckingInterval: second,
      },
      getRequestListener(createApp(ctx).fetch, { overrideGlobalObjects: false }),
    );
    const url = await listen(server, config);
    await noteServed(ctx);
    const unmark = markRunning(config.database, url);
    loop.start(ctx);
    ctx.log.info("listening", { url, provider: ctx.provider.name });
    const { held } = await readInstance(ctx);
    if (held !== null) ctx.log.error("mails are held", { reason: held.reason, release: "tidings instance release" });
    return {
      url,
      opened,
      async stop() {
        unmark();
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeIdleConnections();
        await loop.stop();
        // Requests under way get their answers, but no client may hold the end up for ever (REL-15).
        await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 10 * second).unref())]);
        server.closeAllConnections();
        await closed;
        await writer.stop();
        opened.close();
      },
    };
  } catch (fault) {
    await writer.stop();
    opened.close();
    throw fault;
  }
}

/** A context whose commits are made by a thread, so that requests are read and mails composed meanwhile. */
async function openServed(config: Config, loop: Loop, writer: Writer): Promise<Opened> {
  try {
    return await openContext(config, { bell: loop.bell, engine: writer.engine });
  } catch (fault) {
    await writer.stop();
    throw fault;
  }
}

/** Port 0 means any free one; links need to know which, so it is chosen before anything is made. */
async function withPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config;
  const probe = createServer();
  const { port } = new URL(await listen(probe, config));
  await new Promise((resolve) => probe.close(resolve));
  const publicUrl = config.publicUrl === "http://127.0.0.1:0" ? `http://127.0.0.1:${port}` : config.publicUrl;
  return { ...config, port: Number(port), publicUrl };
}

function listen(server: Server, config: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (fault: NodeJS.ErrnoException) => reject(explainListen(fault, config)));
    server.listen(config.port, config.host, () => {
      const { address, family, port } = server.address() as AddressInfo;
      resolve(`http://${family === "IPv6" ? `[${address}]` : address}:${port}`);
    });
  });
}

function explainListen(fault: NodeJS.ErrnoException, config: Config): unknown {
  const where = `${config.host}:${config.port}`;
  if (fault.code === "EADDRINUSE") {
    return new AppError("unavailable", `Something listens on ${where} already.`, {
      field: "TIDINGS_PORT",
      hint: "End it, or set TIDINGS_PORT to another port.",
    });
  }
  if (fault.code === "EACCES" || fault.code === "EADDRNOTAVAIL" || fault.code === "ENOTFOUND") {
    return new AppError("misconfigured", `Tidings may not listen on ${where}.`, {
      field: "TIDINGS_HOST",
      hint: "Set TIDINGS_HOST and TIDINGS_PORT to an address of this machine and a port above 1023.",
    });
  }
  return fault;
}
