import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../src/cli/commands.ts";
import { run } from "../../src/cli/run.ts";
import { Interrupted, type Terminal } from "../../src/cli/terminal.ts";
import { day, openWorld, type World, type WorldOptions } from "../world.ts";

/** What a call of the command line printed, and its exit code. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Lines that were drawn over each other. */
  readonly drawn: readonly string[];
}

/** Who sits before the terminal. */
export interface Sitting {
  /** What is typed at each question; without it nobody can be asked. "^C" interrupts. */
  readonly answers?: readonly (string | (() => Promise<string>))[];
  /** True where standard error is a terminal. */
  readonly draws?: boolean;
  readonly columns?: number;
  /** Marks what is painted, as <red>…</red>. */
  readonly paints?: boolean;
  readonly environment?: Record<string, string>;
  /** Ctrl-C is pressed when it is raised. */
  readonly interrupt?: AbortSignal;
}

export interface Stage {
  readonly world: World;
  /** The settings under which the command line finds this world. */
  readonly environment: Record<string, string>;
  /** Runs `tidings` in this process. */
  tidings(argv: readonly string[], sitting?: Sitting): Promise<Ran>;
  /** Runs it with --json and reads what it printed on standard output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back.
  json(...argv: string[]): Promise<any>;
  /** Writes a file into this world's folder and returns its path. */
  file(name: string, text: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A world as the command line sees it; its clock stands a day before the command line's own, which is the machine's. */
export async function openStage(options: WorldOptions = {}): Promise<Stage> {
  const world = await openWorld({ now: Date.now() - day, ...options });
  const environment = settingsOf(world);
  const tidings = (argv: readonly string[], sitting: Sitting = {}) => play(argv, environment, sitting);
  return {
    world,
    environment,
    tidings,
    async json(...argv) {
      const { out, err } = await tidings([...argv, "--json"]);
      if (err !== "") throw new Error(`tidings ${argv.join(" ")} said: ${err}`);
      return JSON.parse(out);
    },
    file(name, text) {
      const path = join(world.folder, name);
      writeFileSync(path, text);
      return path;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** The settings under which another process finds a world. */
export function settingsOf({ config }: World): Record<string, string> {
  return {
    TIDINGS_PUBLIC_URL: config.publicUrl,
    TIDINGS_OUTBOX_TOKEN: config.outboxToken ?? "",
    TIDINGS_DATABASE: config.database,
    TIDINGS_KEYS: config.keys,
    TIDINGS_OUTBOX: config.outbox,
    TIDINGS_TEMPLATES: config.templates,
  };
}

/** Runs `tidings` in this process with these settings and nothing else. */
export async function play(argv: readonly string[], settings: Record<string, string>, sitting: Sitting): Promise<Ran> {
  const { terminal, printed } = recordingTerminal(sitting);
  const environment = { ...settings, ...sitting.environment };
  const code = await run(argv, { commands, terminal, environment, version: () => "1.2.3" });
  return { code, out: printed.out.join(""), err: printed.err.join(""), drawn: printed.drawn };
}

function recordingTerminal({ answers, draws = false, columns, paints = false, interrupt }: Sitting) {
  const printed = { out: [] as string[], err: [] as string[], drawn: [] as string[] };
  const left = [...(answers ?? [])];
  const terminal: Terminal = {
    out: (text) => printed.out.push(`${text}\n`),
    err: (text) => printed.err.push(`${text}\n`),
    draw: (line) => printed.drawn.push(line),
    canDraw: draws,
    canAsk: answers !== undefined,
    columns: columns ?? Number.POSITIVE_INFINITY,
    room: columns ?? 80,
    paint: (_stream, style, text) => (paints ? `<${style}>${text}</${style}>` : text),
    async ask(question) {
      printed.err.push(question);
      const next = left.shift() ?? "";
      const answer = typeof next === "string" ? next : await next();
      if (answer === "^C") throw new Interrupted("Nothing was done.");
      return answer;
    },
    onStop(react) {
      const press = () => react("SIGINT");
      interrupt?.addEventListener("abort", press);
      return () => interrupt?.removeEventListener("abort", press);
    },
  };
  return { terminal, printed };
}

/** An issue file of the newsletter "morning". */
export function issueFile(slug: string, extra: { subject?: string; text?: string; newsletter?: string } = {}): string {
  const { subject = `News of ${slug}`, text = "Good morning.", newsletter = "morning" } = extra;
  return `---\nnewsletter: ${newsletter}\nsubject: ${JSON.stringify(subject)}\npreheader: What there is\nslug: ${slug}\n---\n\n${text}\n`;
}

/** So many readers of a newsletter, signed up and confirmed; their mails have left. */
export async function addReaders(world: World, newsletter: string, count: number): Promise<void> {
  const addresses = Array.from({ length: count }, (_, at) => `reader${at}@example.org`);
  await Promise.all(addresses.map((address) => world.signUp(address, newsletter)));
  const { db } = world.ctx.store;
  const notices = await db.selectFrom("notices").select("id").where("kind", "=", "confirmation").execute();
  await world.drain();
  const links = notices.map(({ id }) => `/confirm/${world.ctx.signer.sign("confirm", [id])}`);
  for (const answer of await Promise.all(links.map((link) => world.post(link)))) {
    if (answer.status !== 303) throw new Error(`confirming answered ${answer.status}`);
  }
  await world.drain();
}
