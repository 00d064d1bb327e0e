import { AppError, exitCode } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { bringBehind, readGiven } from "./args.ts";
import type { Cli, Command, Given, Noun, Outcome } from "./command.ts";
import { openLocal, openServer, readToken, type Session } from "./connect.ts";
import { type Commands, commandHelp, isNoun, nounHelp, wholeHelp } from "./help.ts";
import { oneLine, printable, safeJson } from "./printable.ts";
import { Interrupted, type Terminal } from "./terminal.ts";
import { withIsoTimes } from "./words.ts";

/** What a call of `tidings` is run with. */
export interface World {
  readonly commands: Commands;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: () => string;
}

/** The number that stands in every JSON result; it rises when a field is renamed or goes. */
const schema = 1;

const wrongUse = 2;
const interrupted = 130;

/** Runs one command line and returns its exit code; never throws. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  const { terminal } = world;
  const json = argv.includes("--json");
  const sessions: Session[] = [];
  try {
    const asked = bringBehind(argv);
    const [first] = asked;
    if (first === "--version") return say(terminal, world.version());
    if (first === "help" || first === "--help" || first === "-h") return say(terminal, helpFor(world, asked.slice(1)));
    if (first === undefined || first.startsWith("-")) return misuse(terminal, wholeHelp(world.commands), first);
    return await runNamed(asked, world, json, sessions);
  } catch (fault) {
    return report(terminal, json, fault, sessions[0]?.local?.lastFault() ?? null);
  } finally {
    for (const session of sessions) session.close();
  }
}

async function runNamed(asked: string[], world: World, json: boolean, sessions: Session[]): Promise<number> {
  const { commands, terminal } = world;
  const [name = "", ...rest] = asked;
  const entry = requireEntry(commands, name);
  if (!isNoun(entry)) return runCommand(name, entry, rest, world, json, sessions);
  const [verb = "", ...more] = bringBehind(rest);
  if (verb === "--help" || verb === "-h") return say(terminal, nounHelp(name, entry));
  if (verb === "" || verb.startsWith("-")) return misuse(terminal, nounHelp(name, entry));
  const command = requireVerb(name, entry, verb);
  return runCommand(`${name} ${verb}`, command, more, world, json, sessions);
}

async function runCommand(
  name: string,
  command: Command,
  argv: string[],
  world: World,
  json: boolean,
  sessions: Session[],
): Promise<number> {
  const given = readGiven(command, argv);
  if (given.has("help")) return say(world.terminal, commandHelp(name, command));
  const cli = createCli(name, command, given, world, json, sessions);
  const outcome = await command.run(cli, given);
  if (outcome !== null) cli.print(outcome);
  return outcome?.exit ?? 0;
}

function createCli(
  name: string,
  command: Command,
  given: Given,
  { terminal, environment }: World,
  json: boolean,
  sessions: Session[],
): Cli {
  const server = given.text("server") ?? (environment.TIDINGS_SERVER?.trim() || null);
  if (server !== null && command.local === true) {
    const source = given.has("server") ? "--server" : "TIDINGS_SERVER";
    throw new AppError(
      "invalid",
      `tidings ${name} works on this machine's own files, so ${source} makes no sense with it.`,
      {
        field: source,
        hint: "Run it on the machine that holds the database, without a server named.",
      },
    );
  }
  if (server === null && given.has("token-file")) {
    throw new AppError("invalid", "--token-file goes with --server; here no token is needed.", {
      field: "--token-file",
    });
  }
  const note = (text: string) => {
    if (!json) terminal.err(printable(text));
  };
  return {
    terminal,
    environment,
    json,
    server,
    note,
    print: (outcome) => printOutcome(terminal, json, outcome),
    async connect() {
      const [open] = sessions;
      if (open !== undefined) return open;
      const session =
        server === null
          ? await openLocal(environment)
          : openServer(server, readToken(given.text("token-file"), environment, note));
      sessions.push(session);
      const token = session.local?.firstToken ?? null;
      if (token !== null) terminal.err(`The first admin token, shown this once: ${token}`);
      return session;
    },
  };
}

function printOutcome(terminal: Terminal, json: boolean, outcome: Outcome): void {
  if (json) {
    terminal.out(safeJson({ schema, ...(withIsoTimes(outcome.json) as object) }));
    return;
  }
  const lines = printable(outcome.text).split("\n");
  terminal.out(lines.map(outcome.decorate ?? ((line) => line)).join("\n"));
  for (const note of outcome.notes ?? []) terminal.err(printable(note));
}

function requireEntry(commands: Commands, name: string): Command | Noun {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return entry;
  const near = nearest(name, Object.keys(commands));
  throw new AppError("invalid", `There is no command "${oneLine(name)}".`, {
    hint: near === null ? "See: tidings help" : `Did you mean tidings ${near}?`,
  });
}

function requireVerb(name: string, noun: Noun, verb: string): Command {
  const command = Object.hasOwn(noun.verbs, verb) ? noun.verbs[verb] : undefined;
  if (command !== undefined) return command;
  const near = nearest(verb, Object.keys(noun.verbs));
  throw new AppError("invalid", `tidings ${name} has no "${oneLine(verb)}".`, {
    hint: near === null ? `See: tidings help ${name}` : `Did you mean tidings ${name} ${near}?`,
  });
}

function helpFor({ commands }: World, words: readonly string[]): string {
  const [name, verb] = words;
  if (name === undefined || name.startsWith("-")) return wholeHelp(commands);
  const entry = requireEntry(commands, name);
  if (!isNoun(entry)) return commandHelp(name, entry);
  if (verb === undefined || verb.startsWith("-")) return nounHelp(name, entry);
  return commandHelp(`${name} ${verb}`, requireVerb(name, entry, verb));
}

function say(terminal: Terminal, text: string): number {
  terminal.out(text);
  return 0;
}

function misuse(terminal: Terminal, help: string, flag?: string): number {
  if (flag !== undefined) terminal.err(`There is no flag ${oneLine(flag)} without a command.\n`);
  terminal.err(help);
  return wrongUse;
}

/** Prints what went wrong on standard error and returns the exit code for it. */
function report(terminal: Terminal, json: boolean, fault: unknown, logged: string | null): number {
  if (fault instanceof Interrupted) {
    terminal.err(
      json ? safeJson({ error: { code: "interrupted", message: fault.message } }) : printable(fault.message),
    );
    return interrupted;
  }
  const refusal = fault instanceof AppError ? fault : new AppError("internal", `A bug in Tidings: ${String(fault)}`);
  const { code, message, details } = refusal;
  if (json) {
    terminal.err(safeJson({ error: { code, message, ...details } }));
  } else {
    terminal.err(`${terminal.paint("err", "red", "Error:")} ${printable(message)}`);
    if (details.hint !== undefined) terminal.err(printable(details.hint));
    const trace = fault instanceof AppError ? logged : fault instanceof Error ? (fault.stack ?? null) : null;
    if (code === "internal" && trace !== null) terminal.err(printable(trace));
  }
  return exitCode(code);
}
