// The whole of Tidings in one story, told with nothing but HTTP and the command line, as readers and editors use it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { attempt, bareEnvironment, cli } from "./demo/command.ts";
import { crowd, type Reader } from "./demo/crowd.ts";
import { type House, openOnNode, openOnWorker } from "./demo/house.ts";
import { confirmByPage, findMails, leaveByMail, signUpByHub, signUpByPage, signUpByProgram } from "./demo/reader.ts";
import { chapter, say, show } from "./demo/story.ts";

const here = import.meta.dirname;
const onWorker = process.argv.includes("--worker");
const once = process.argv.includes("--once") || process.stdout.isTTY !== true;

/** With nobody watching, a story that hangs is a fault. */
const longest = 5 * 60_000;

interface Newsroom {
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
}

let house: House | null = null;

/** Tells the story, and removes what it made however it ends. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tidings-demo-"));
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve("interrupted"));
  });
  try {
    if ((await Promise.race([story(folder), interrupted, ...(once ? [tooLong()] : [])])) === "interrupted") {
      process.exitCode = 130;
    } else if (!once) {
      await Promise.race([house?.ended, interrupted]);
    }
  } finally {
    await house?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  // A story that was broken off still waits for answers that nobody needs.
  process.exit();
}

function tooLong(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the story did not end within ${longest / 60_000} minutes`)), longest).unref();
  });
}

async function story(folder: string): Promise<void> {
  chapter("A newsroom sets up");
  house = await (onWorker ? openOnWorker : openOnNode)(folder, once ? 0 : 8787);
  const { url, token } = house;
  const room: Newsroom = { url, env: { ...bareEnvironment(), TIDINGS_SERVER: url, TIDINGS_TOKEN: token } };
  await furnish(room);
  await subscribeReaders(room);
  await sendIssue(room);
  await leave(room);
  epilogue(room);
}

async function furnish(room: Newsroom): Promise<void> {
  await cli(room.env, ["instance", "set", "--file", join(here, "instance.json")]);
  // All of these readers sit at one address, which the guard of the forms would take for a flood.
  const crowd = ["network", "domain", "newsletter", "total"].flatMap((what) => ["--signup-limit", `${what}=100000`]);
  await cli(room.env, ["instance", "set", "--challenge", "never", ...crowd]);
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
    say(
      `Run ${onWorker ? "npm run demo -- --worker" : "npm run demo"} in a terminal, and it stays up to be clicked through.`,
    );
  } else {
    say("");
    say("Everything can be clicked: sign up, find your mail in the outbox, confirm, leave. Ctrl-C ends the demo");
    say("and removes what it made.");
  }
}

await main();
