import { parseArgs } from "node:util";
import { AppError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { Command, Flag, Given } from "./command.ts";

/** Flags that every command knows. */
export const commonFlags: Readonly<Record<string, Flag>> = {
  server: { value: "URL", help: "Talk to this server instead of the database here (or TIDINGS_SERVER)" },
  "token-file": { value: "FILE", help: "File that holds the admin token for that server (or TIDINGS_TOKEN)" },
  json: { help: "Print JSON, for programs" },
  help: { help: "Show this help" },
};

const shorts: Readonly<Record<string, string>> = { h: "help" };

/** Moves common flags that stand before the command behind it. */
export function bringBehind(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const name = /^--([a-z-]+)(=.*)?$/.exec(argv[at] ?? "");
    const flag = name === null ? undefined : commonFlags[name[1] ?? ""];
    if (flag === undefined) break;
    at += flag.value !== undefined && name?.[2] === undefined ? 2 : 1;
  }
  return [...argv.slice(at), ...argv.slice(0, at)];
}

/** Reads what follows a command's name. Throws `invalid` for whatever it does not know, with the nearest that it does. */
export function readGiven(command: Command, argv: readonly string[]): Given {
  const known: Readonly<Record<string, Flag>> = { ...command.flags, ...commonFlags };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, flag]) => [
      name,
      { type: flag.value === undefined ? "boolean" : "string" } as const,
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind === "option") readFlag(token, known, values);
  }
  if (!values.has("help")) checkWords(command, words);
  return given(words, values);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function readFlag(token: OptionToken, known: Readonly<Record<string, Flag>>, values: Map<string, string[]>): void {
  const name = token.rawName.startsWith("--") ? token.name : (shorts[token.name] ?? "");
  const flag = Object.hasOwn(known, name) ? known[name] : undefined;
  if (flag === undefined) throw unknownFlag(token.rawName, Object.keys(known));
  if (values.has(name) && flag.many === undefined) throw wrong(`${token.rawName} is given twice.`, token.rawName);
  if (flag.value === undefined) {
    if (token.value !== undefined) throw wrong(`${token.rawName} takes no value.`, token.rawName);
    values.set(name, []);
    return;
  }
  const { value } = token;
  // What looks like the next flag is one: a forgotten value must not swallow it. Negative numbers are values.
  if (value === undefined || (token.inlineValue !== true && /^-\D/.test(value))) {
    throw wrong(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`, token.rawName);
  }
  values.set(name, [...(values.get(name) ?? []), value]);
}

function unknownFlag(raw: string, known: readonly string[]): AppError {
  const near = nearest(raw.replace(/^-+/, ""), known);
  const hint = near === null ? {} : { hint: `Did you mean --${near}?` };
  return new AppError("invalid", `There is no flag ${raw} here.`, { field: raw, ...hint });
}

function checkWords(command: Command, words: readonly string[]): void {
  const wanted = command.positionals ?? [];
  const missing = wanted.filter((one, at) => one.optional === undefined && words[at] === undefined);
  if (missing.length > 0) {
    throw wrong(`${missing.map(({ name }) => name).join(" and ")} ${missing.length === 1 ? "is" : "are"} missing.`);
  }
  const extra = words[wanted.length];
  if (extra !== undefined) throw wrong(`"${extra}" is one word too many.`);
}

function wrong(message: string, field?: string): AppError {
  return new AppError("invalid", message, field === undefined ? {} : { field });
}

function given(words: readonly string[], values: ReadonlyMap<string, readonly string[]>): Given {
  const text = (flag: string) => values.get(flag)?.[0];
  return {
    words,
    has: (flag) => values.has(flag),
    text,
    list: (flag) => values.get(flag) ?? [],
    number(flag) {
      const value = text(flag);
      if (value === undefined) return undefined;
      if (/^-?\d{1,15}$/.test(value)) return Number(value);
      throw wrong(`--${flag} must be a whole number, not "${value}".`, `--${flag}`);
    },
  };
}
