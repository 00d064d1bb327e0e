import { commonFlags } from "./args.ts";
import type { Command, Flag, Noun } from "./command.ts";

/** A table of commands by their first word. */
export type Commands = Readonly<Record<string, Command | Noun>>;

/** True for a noun, which has verbs. */
export function isNoun(entry: Command | Noun): entry is Noun {
  return "verbs" in entry;
}

/** The help of everything. */
export function wholeHelp(commands: Commands): string {
  const list = Object.entries(commands).map(([name, entry]): [string, string] => [
    isNoun(entry) ? `${name} ${Object.keys(entry.verbs).join("|")}` : usage(name, entry),
    entry.summary,
  ]);
  return [
    "Tidings: newsletters from sign-up to the last mail.",
    "",
    "Usage: tidings COMMAND [FLAGS]",
    "",
    ...list.flatMap(([left, right]) => [`  ${left}`, `      ${right}`]),
    "",
    "Every command takes these:",
    ...flagLines(commonFlags),
    "",
    "tidings help COMMAND tells more about each, with examples. tidings --version prints the version.",
    "",
    "Examples:",
    "  tidings init",
    "  tidings serve",
    "  tidings issue test monday.md --to me@example.org",
    "  tidings issue send monday.md",
  ].join("\n");
}

/** The help of a noun: its verbs. */
export function nounHelp(name: string, noun: Noun): string {
  const verbs = Object.entries(noun.verbs);
  return [
    noun.summary,
    "",
    ...verbs.flatMap(([verb, command]) => [
      `  tidings ${usage(`${name} ${verb}`, command)}`,
      `      ${command.summary}`,
    ]),
    "",
    `tidings ${name} VERB --help tells more about each.`,
    "",
    "Examples:",
    ...verbs.flatMap(([, command]) => command.examples.slice(0, 1).map((example) => `  ${example}`)),
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(name: string, command: Command): string {
  const flags = command.flags ?? {};
  return [
    command.summary,
    "",
    `Usage: tidings ${usage(name, command)}`,
    ...(command.more === undefined ? [] : ["", command.more]),
    ...(Object.keys(flags).length === 0 ? [] : ["", "Flags:", ...flagLines(flags)]),
    "",
    "Every command takes these:",
    ...flagLines(commonFlags),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}

function usage(name: string, command: Command): string {
  const words = (command.positionals ?? []).map((one) => (one.optional ? `[${one.name}]` : one.name));
  return [name, ...words, ...(command.flags === undefined ? [] : ["[FLAGS]"])].join(" ");
}

function flagLines(flags: Readonly<Record<string, Flag>>): string[] {
  const lines = Object.entries(flags).map(([name, flag]): [string, Flag] => [
    `--${name}${flag.value === undefined ? "" : ` ${flag.value}`}`,
    flag,
  ]);
  const most = Math.max(...lines.map(([left]) => left.length));
  return lines.map(([left, { help, many }]) => `  ${left.padEnd(most)}  ${help}${many ? "; may be repeated" : ""}`);
}
