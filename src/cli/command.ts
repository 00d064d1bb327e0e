import type { Session } from "./connect.ts";
import type { Terminal } from "./terminal.ts";

/** A flag of a command. Without `value` it is a switch. */
export interface Flag {
  /** What stands for the value in the help, such as FILE. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: true;
  readonly help: string;
}

/** A word of a command that has no name, such as FILE. */
export interface Positional {
  readonly name: string;
  readonly optional?: true;
}

/** What was given to a command, checked against what it knows. */
export interface Given {
  /** The positional words. */
  readonly words: readonly string[];
  has(flag: string): boolean;
  text(flag: string): string | undefined;
  list(flag: string): readonly string[];
  /** A whole number; throws `invalid` for anything else. */
  number(flag: string): number | undefined;
}

/** What a command came to. Times are ms UTC; `--json` prints them as ISO 8601. */
export interface Outcome {
  /** Printed with `--json`, below a schema number. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Printed otherwise, on standard output. */
  readonly text: string;
  /** Colours a line of that text where it is printed on a terminal. */
  readonly decorate?: (line: string) => string;
  /** Next steps and remarks for people, on standard error. */
  readonly notes?: readonly string[];
  /** Exit code; 0 where nothing is said. */
  readonly exit?: number;
}

/** What a command may use. */
export interface Cli {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  /** The server that commands talk to; null for the database here. */
  readonly server: string | null;
  /** Opens the API, once for all calls; main closes it. */
  connect(): Promise<Session>;
  /** A remark on standard error, for people only: nothing with `--json`. */
  note(text: string): void;
  /** Prints a result before the command has ended. */
  print(outcome: Outcome): void;
}

/** One command. */
export interface Command {
  readonly summary: string;
  readonly positionals?: readonly Positional[];
  readonly flags?: Readonly<Record<string, Flag>>;
  /** Further paragraphs of its help. */
  readonly more?: string;
  readonly examples: readonly string[];
  /** Works on this machine's own files, so `--server` is refused. */
  readonly local?: true;
  /** Null where everything has been printed already. */
  run(cli: Cli, given: Given): Promise<Outcome | null>;
}

/** What commands are about. */
export interface Noun {
  readonly summary: string;
  readonly verbs: Readonly<Record<string, Command>>;
}
