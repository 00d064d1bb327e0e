import { type ChildProcess, spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { freePort, startWorker } from "../worker/local.ts";
import { bareEnvironment, cli, tidings } from "./command.ts";

/** A running Tidings, and an admin token for it. */
export interface House {
  readonly url: string;
  readonly token: string;
  /** Settles when it ends without being asked to. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

const site = join(import.meta.dirname, "../site");
const minute = 60_000;

/** One Node process on a file in the folder, on the wanted port if that is free. */
export async function openOnNode(folder: string, wanted: number): Promise<House> {
  const port = await portNear(wanted);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...bareEnvironment(),
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_OUTBOX: join(folder, "outbox"),
    TIDINGS_TEMPLATES: site,
    TIDINGS_PORT: String(port),
    TIDINGS_PUBLIC_URL: url,
    TIDINGS_LOG: "silent",
  };
  const { token } = JSON.parse(await cli(env, ["init", "--json"])) as { token: string };
  const server = await startServer(env);
  const ended = new Promise<void>((resolve) => {
    server.once("exit", () => resolve());
  });
  return { url, token, ended, stop: () => stopServer(server) };
}

/** A Worker with its database in the folder, by wrangler on this machine. */
export async function openOnWorker(folder: string, wanted: number): Promise<House> {
  const assets = join(folder, "assets");
  // A Worker has no disk to look for a site's own pictures on: they are deployed beside the built-in ones.
  for (const source of [join(import.meta.dirname, "../../templates/assets"), join(site, "assets")]) {
    cpSync(source, assets, { recursive: true });
  }
  const settings = { TIDINGS_LOG: "silent" };
  const worker = await startWorker({ folder, port: await portNear(wanted), settings, assets });
  const clock = setInterval(() => worker.lookAgain().catch(() => {}), minute);
  return {
    ...worker,
    stop() {
      clearInterval(clock);
      return worker.stop();
    },
  };
}

async function portNear(wanted: number): Promise<number> {
  const port = (await freePort(wanted)) ?? (await freePort(0));
  if (port === null) throw new Error("no port is free on 127.0.0.1");
  return port;
}

/** Starts `tidings serve` and waits until it answers. */
function startServer(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, [tidings, "serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer): void => {
      said += chunk;
      if (/http:\/\/127\.0\.0\.1:\d+/.test(said)) resolve(child);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
}

function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
