// The whole of Tidings in one story, told with nothing but HTTP and the command line, as readers and editors use it.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { crowd, type Reader } from "./demo/crowd.ts";
import { confirmByPage, findMails, leaveByMail, signUpByHub, signUpByPage, signUpByProgram } from "./demo/reader.ts";
import { chapter, say, show } from "./demo/story.ts";

const here = import.meta.dirname;
const tidings = join(here, "../bin/tidings.js");
const once = process.argv.includes("--once") || process.stdout.isTTY !== true;

interface Newsroom {
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
}

let server: ChildProcess | null = null;

/** Tells the story, and removes what it made however it ends. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tidings-demo-"));
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve("interrupted"));
  });
  try {
    if ((await Promise.race([story(folder), interrupted])) === "interrupted") {
      process.exitCode = 130;
    } else if (!once) {
      await Promise.race([ended(), interrupted]);
    }
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
  // A story that was broken off still waits for answers that nobody needs.
  process.exit();
}

async function story(folder: string): Promise<void> {
  chapter("A newsroom sets up");
  const port = await freePort(once ? 0 : 8787);
  const env = settings(folder, port);
  const made = JSON.parse(await cli(env, ["init", "--json"])) as { token: string };
  const url = `http://127.0.0.1:${port}`;
  await startServer(env);
  const room: Newsroom = { url, env: { ...env, TIDINGS_SERVER: url, TIDINGS_TOKEN: made.token } };
  await furnish(room);
  await subscribeReaders(room);
  await sendIssue(room);
  await leave(room);
  epilogue(room);
}

function settings(folder: string, port: number): NodeJS.ProcessEnv {
  const bare = Object.entries(process.env).filter(([name]) => !/^(?:TIDINGS_|RESEND_)/.test(name));
  return {
    ...Object.fromEntries(bare),
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_OUTBOX: join(folder, "outbox"),
    TIDINGS_TEMPLATES: join(here, "site"),
    TIDINGS_PORT: String(port),
    TIDINGS_PUBLIC_URL: `http://127.0.0.1:${port}`,
    TIDINGS_LOG: "silent",
  };
}

async function furnish(room: Newsroom): Promise<void> {
  await cli(room.env, ["instance", "set", "--file", join(here, "instance.json")]);
  for (const slug of ["morning", "weekend", "climate"]) {
    await cli(room.env, ["newsletter", "create", "--file", join(here, `newsletters/${slug}.json`)]);
  }
  say("The Harbour Courier, a newspaper that does not exist, has three newsletters now:");
  show(await cli(room.env, ["newsletter", "list"]));
}

async function subscribeReaders(room: Newsroom): Promise<void> {
  chapter("Readers sign up");
  const readers = JSON.parse(readFileSync(join(here, "readers.json"), "utf8")) as Reader[];
  const refused = await signUpByHub(room.url, { name: "", email: "ada.example.org", newsletters: ["morning"] });
  say(`A reader types "ada.example.org". The form comes back with what was typed, and says: ${refused.message}`);
  for (const reader of readers) {
    const way = reader.name !== "" ? signUpByProgram : reader.newsletters.length === 1 ? signUpByPage : signUpByHub;
    await way(room.url, reader);
  }
  const people = crowd(240);
  for (const reader of people) await signUpByPage(room.url, reader);
  say(
    `${readers.length} readers and a crowd of ${people.length} more have asked; each got the same answer and one mail.`,
  );
  const mails = await findMails(room.url, "confirm your", readers.length + people.length);
  say(`${mails.length} confirmation mails lie in the outbox, one for each, however many newsletters were ticked.`);
  const late = new Set(["lars.at.sea@example.org", "h.obrien@example.org"]);
  const ready = mails.filter((mail) => !late.has(mail.to));
  for (const mail of ready) await confirmByPage(room.url, mail);
  say(`${ready.length} open their mail and press the button on its page. Two do not, and will get nothing more.`);
}

async function sendIssue(room: Newsroom): Promise<void> {
  chapter("An editor sends an issue");
  const file = relative(process.cwd(), join(here, "issues/2026-11-17-morning.md"));
  say(`The issue is a Markdown file: ${file}. First its check:`);
  show(await cli(room.env, ["issue", "lint", file]));
  await cli(room.env, ["issue", "test", file, "--to", "dana@example.org"]);
  say("Then the real mail to the editor's own address, marked as a test. Then to everyone:");
  const plan = JSON.parse(await cli(room.env, ["issue", "send", file, "--dry-run", "--json"])) as {
    recipients: number;
    asOf: string;
  };
  const agreed = ["--yes", "--expect", String(plan.recipients), "--as-of", plan.asOf];
  show(await cli(room.env, ["issue", "send", file, ...agreed], { watch: true }));
  const again = await attempt(room.env, ["issue", "send", file, ...agreed]);
  say(`Sending it a second time is refused (exit code ${again.code}):`);
  show(again.errors);
}

async function leave(room: Newsroom): Promise<void> {
  chapter("A reader leaves");
  const [mail] = await findMails(room.url, "the wall gets its vote", 1, "imani@example.net");
  if (mail === undefined) throw new Error("Imani has not got the issue");
  const answer = await leaveByMail(room.url, mail);
  say(`Imani presses "Unsubscribe" in her mail program: one POST, no page, no questions. The answer is ${answer}.`);
  show(await cli(room.env, ["subscriber", "show", "imani@example.net"]));
  say("And these are the sums of the issue, which always add up:");
  show(await cli(room.env, ["issue", "status", "morning/the-wall-gets-its-vote"]));
}

function epilogue(room: Newsroom): void {
  chapter(once ? "That was Tidings" : "Look around");
  const places = [
    ["All newsletters", "/"],
    ["One newsletter", "/n/morning"],
    ["The issue on the web", "/n/morning/the-wall-gets-its-vote"],
    ["Every mail that left", "/outbox"],
  ] as const;
  for (const [what, path] of places) say(`${what.padEnd(22)} ${room.url}${path}`);
  if (once) {
    say("");
    say("Run npm run demo in a terminal, and the server stays up to be clicked through.");
  } else {
    say("");
    say("Everything can be clicked: sign up, find your mail in the outbox, confirm, leave. Ctrl-C ends the demo");
    say("and removes what it made.");
  }
}

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the real command line; `watch` lets its progress bar through to the terminal. */
function attempt(env: NodeJS.ProcessEnv, args: readonly string[], how: { watch?: boolean } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tidings, ...args], {
      env,
      stdio: ["ignore", "pipe", how.watch === true ? "inherit" : "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output, errors }));
  });
}

async function cli(env: NodeJS.ProcessEnv, args: readonly string[], how: { watch?: boolean } = {}): Promise<string> {
  const ran = await attempt(env, args, how);
  if (ran.code !== 0) throw new Error(`tidings ${args.join(" ")} ended with ${ran.code}:\n${ran.errors}${ran.output}`);
  return ran.output;
}

/** Starts `tidings serve` and waits until it answers. */
function startServer(env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [tidings, "serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
  server = child;
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer): void => {
      said += chunk;
      if (/http:\/\/127\.0\.0\.1:\d+/.test(said)) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
}

/** The wanted port if it is free, otherwise any free one. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", () => (wanted === 0 ? reject(new Error("no free port")) : freePort(0).then(resolve, reject)));
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Resolves when the server ends by itself. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    server?.once("exit", () => resolve());
  });
}

function stop(): Promise<void> {
  const child = server;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

await main();
