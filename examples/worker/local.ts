// Tidings as a Worker on this machine: wrangler with D1, Queue and assets, without account, network or telemetry.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  type WriteStream,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { newKeyRing } from "../../src/mail/key-ring.ts";

const root = join(import.meta.dirname, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");

/** The first start bundles everything, on a machine that may have other things to do. */
const patience = 90_000;

/** Wrangler has so long to end by itself. */
const grace = 5_000;

export interface WorkerOptions {
  /** Keeps the database, the key ring and the token; made where it is not there. */
  readonly folder: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Settings in place of those in wrangler.toml. */
  readonly settings?: Readonly<Record<string, string>>;
  /** In place of wrangler.toml. */
  readonly config?: string;
  /** Pictures and styles in place of templates/assets. */
  readonly assets?: string;
  /** Gets each line that Tidings logs. */
  readonly log?: (line: string) => void;
}

/** A Worker that answers. */
export interface LocalWorker {
  readonly url: string;
  /** An admin token with every scope. */
  readonly token: string;
  /** Of the process group that it runs in. */
  readonly group: number;
  /** Rejects, with what wrangler said last, when it ends without being asked to. */
  readonly ended: Promise<never>;
  /** Does what the cron trigger does each minute; wrangler leaves that out. */
  lookAgain(): Promise<void>;
  stop(): Promise<void>;
  /** Ends all of it at once, as a crash would. */
  kill(): Promise<void>;
}

const groups = new Set<ChildProcess>();

// However this process ends, nothing of wrangler's may stay behind.
process.on("exit", () => {
  for (const child of groups) signal(child, "SIGKILL");
});

/** Brings the database up to date and starts the Worker. Throws with wrangler's own words where that fails. */
export async function startWorker(options: WorkerOptions): Promise<LocalWorker> {
  const { folder, port } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A wrangler that was killed has left here what it had made for itself.
  rmSync(temporaryIn(folder), { recursive: true, force: true });
  mkdirSync(temporaryIn(folder));
  const ring = keep(join(folder, "keys"), () => newKeyRing(randomBytes(32)));
  const token = keep(join(folder, "token"), () => `${randomBytes(32).toString("hex")}\n`).trim();
  const said = createWriteStream(join(folder, "wrangler.log"), { mode: 0o600 });
  await migrate(options, said);
  const url = `http://127.0.0.1:${port}`;
  const settings = { TIDINGS_PUBLIC_URL: url, TIDINGS_KEY_RING: ring, TIDINGS_FIRST_TOKEN: token, ...options.settings };
  const running = launch(folder, await devFlags(options, settings), said, options.log);
  running.ended.catch(() => {});
  try {
    await Promise.race([ready(url), running.ended]);
  } catch (fault) {
    await running.stop();
    throw fault;
  }
  return { url, token, ...running, lookAgain: () => lookAgain(url) };
}

function temporaryIn(folder: string): string {
  return join(folder, "tmp");
}

/** A free port on 127.0.0.1: the wanted one, or any for 0; null where it is taken. */
export function freePort(wanted: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(null));
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}

/** Secrets are made once, for this user alone to read. */
function keep(file: string, make: () => string): string {
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8");
}

async function devFlags(
  { folder, port, assets, config }: WorkerOptions,
  settings: Readonly<Record<string, string>>,
): Promise<string[]> {
  // By file: whoever lists processes reads their arguments too.
  const file = join(folder, "settings.env");
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value.replaceAll(/\s*\n\s*/g, "")}'\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return [
    ...["dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", String(await freePort(0))],
    ...["--show-interactive-dev-session=false", "--persist-to", join(folder, "state"), "--env-file", file],
    ...(config === undefined ? [] : ["--config", config]),
    ...(assets === undefined ? [] : ["--assets", assets]),
  ];
}

async function migrate({ folder, config }: WorkerOptions, said: WriteStream): Promise<void> {
  const apply = ["d1", "migrations", "apply", "DB", "--local", "--persist-to", join(folder, "state")];
  const flags = [...apply, ...(config === undefined ? [] : ["--config", config])];
  const { child, last } = run(folder, flags, said);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`The migrations could not be applied:\n${last()}`);
}

function launch(folder: string, flags: string[], said: WriteStream, log?: (line: string) => void) {
  const { child, last } = run(folder, flags, said, log);
  let wanted = false;
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ended = gone.then((): Promise<never> => {
    return wanted ? new Promise(() => {}) : Promise.reject(new Error(`wrangler has ended:\n${last()}`));
  });
  async function stop(): Promise<void> {
    wanted = true;
    signal(child, "SIGTERM");
    const timer = setTimeout(() => signal(child, "SIGKILL"), grace);
    await gone;
    clearTimeout(timer);
    // Whatever of the group has outlived its leader.
    signal(child, "SIGKILL");
    groups.delete(child);
  }
  async function kill(): Promise<void> {
    wanted = true;
    signal(child, "SIGKILL");
    await gone;
  }
  return { ended, stop, kill, group: child.pid ?? 0 };
}

/** Wrangler in a process group of its own, told to stay at home; `last` is what it said last. */
function run(folder: string, flags: string[], said: WriteStream, log?: (line: string) => void) {
  const child = spawn(process.execPath, [wrangler, ...flags], {
    cwd: root,
    detached: true,
    env: quiet(folder),
    stdio: ["ignore", "pipe", "pipe"],
  });
  groups.add(child);
  child.once("close", () => groups.delete(child));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      said.write(chunk);
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        if (line.startsWith("{")) log?.(line);
        lines.push(line);
      }
      lines.splice(0, lines.length - 40);
    });
  }
  return { child, last: () => lines.join("\n").trim() };
}

/** No settings of this shell, no account, no telemetry, no look for a newer version, and no files outside the folder. */
function quiet(folder: string): NodeJS.ProcessEnv {
  const bare = Object.entries(process.env).filter(([name]) => !/^(?:TIDINGS|RESEND|CLOUDFLARE|WRANGLER)_/.test(name));
  return {
    ...Object.fromEntries(bare),
    CI: "true",
    NO_COLOR: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(folder, "logs"),
    WRANGLER_CACHE_DIR: join(folder, "cache"),
    WRANGLER_REGISTRY_PATH: join(folder, "registry"),
    TMPDIR: temporaryIn(folder),
  };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (fault) {
    // The group has gone already.
    if ((fault as NodeJS.ErrnoException).code !== "ESRCH") throw fault;
  }
}

/** Waits until it is healthy. A Worker that cannot start says why itself. */
async function ready(url: string): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(patience) }).catch(() => null);
    if (answer?.status === 200) return;
    const words = (await answer?.text()) ?? "";
    if (words.startsWith("Tidings cannot start.")) throw new Error(words.trim());
    if (Date.now() > end) throw new Error(`The Worker did not answer within ${patience / 1_000} s. ${words}`.trim());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function lookAgain(url: string): Promise<void> {
  const answer = await fetch(`${url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
  if (!answer.ok) throw new Error(`the look by the clock answered ${answer.status}: ${await answer.text()}`);
}
