// Tidings as a Worker on this machine, until Ctrl-C: npm run dev:worker [-- --port 8788]
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { freePort, type LocalWorker, startWorker } from "./worker/local.ts";

const folder = join(import.meta.dirname, "../data/worker");
const minute = 60_000;

const stopped = new Promise<"stopped">((resolve) => {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => resolve("stopped"));
});

async function main(): Promise<number> {
  const port = readPort();
  if (port === null) {
    console.error("--port wants a number from 1 to 65535: npm run dev:worker -- --port 8788");
    return 2;
  }
  if ((await freePort(port)) === null) {
    console.error(`Something listens on 127.0.0.1:${port} already. End it, or choose another port:`);
    console.error("  npm run dev:worker -- --port 8788");
    return 1;
  }
  console.log("Starting a Worker on this machine; the first time takes some seconds.");
  const started = await Promise.race([startWorker({ folder, port, log: console.log }), stopped]);
  return started === "stopped" ? 130 : serve(started);
}

function readPort(): number | null {
  try {
    const { values } = parseArgs({ options: { port: { type: "string", default: "8787" } } });
    return /^\d+$/.test(values.port) && Number(values.port) >= 1 && Number(values.port) <= 65_535
      ? Number(values.port)
      : null;
  } catch {
    // An unknown flag: the same words help.
    return null;
  }
}

async function serve(worker: LocalWorker): Promise<number> {
  console.log(welcome(worker));
  const clock = setInterval(() => look(worker), minute);
  look(worker);
  try {
    await Promise.race([worker.ended, stopped]);
  } finally {
    clearInterval(clock);
    await worker.stop();
  }
  console.log("Stopped. What it kept is still there for the next start.");
  return 0;
}

/** A code change restarts the Worker, and a look may fall into that; the next one comes in a minute. */
function look(worker: LocalWorker): void {
  worker.lookAgain().catch((fault) => console.error(`The look of this minute failed: ${String(fault)}`));
}

function welcome({ url, token }: LocalWorker): string {
  const here = relative(process.cwd(), folder) || ".";
  return [
    `A Worker listens on ${url}; it is built anew whenever the code changes.`,
    `  readers    ${url}/`,
    `  mails      ${url}/outbox (kept for reading, none leaves)`,
    `  admin API  ${url}/api`,
    `  kept in    ${here}: database, key ring, admin token and wrangler.log; remove it to begin afresh`,
    "",
    "The command line works with it like this:",
    `  tidings newsletter list --server ${url} --token-file ${join(here, "token")}`,
    "or, for all commands of a terminal:",
    `  export TIDINGS_SERVER=${url} TIDINGS_TOKEN=${token}`,
    "",
    "What the cron trigger does each minute is done here, too. Ctrl-C ends it.",
  ].join("\n");
}

let code = 1;
try {
  code = await main();
} catch (fault) {
  console.error(fault instanceof Error ? fault.message : String(fault));
}
// A start that was broken off still waits for answers that nobody needs.
process.exit(code);
