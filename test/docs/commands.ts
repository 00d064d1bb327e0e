import { commonFlags } from "../../src/cli/args.ts";
import type { Command } from "../../src/cli/command.ts";
import { type Commands, isNoun } from "../../src/cli/help.ts";
import type { Source } from "../architecture/source.ts";
import type { Found, Page } from "./pages.ts";

/** Every command by its whole name: `serve`, `issue send`. */
export function listCommands(commands: Commands): ReadonlyMap<string, Command> {
  return new Map(
    Object.entries(commands).flatMap(([name, entry]): [string, Command][] =>
      isNoun(entry)
        ? Object.entries(entry.verbs).map(([verb, command]) => [`${name} ${verb}`, command])
        : [[name, entry]],
    ),
  );
}

/** Commands and flags that a page should tell about and does not. */
export function untold(page: Page, commands: Commands): string[] {
  const code = [...page.codes, ...page.fenced].map(({ text }) => text).join("\n");
  const isTold = (text: string) => new RegExp(`(?<![\\w-])${text}(?![\\w-])`).test(code);
  return [...listCommands(commands)].flatMap(([name, { flags = {} }]) => [
    ...(isTold(`tidings ${name}`) ? [] : [`tidings ${name} is not documented`]),
    ...Object.keys(flags)
      .filter((flag) => !isTold(`--${flag}`))
      .map((flag) => `--${flag} of tidings ${name} is not documented`),
  ]);
}

/** `tidings issue list` where a command may begin, and the launcher anywhere: words, then the rest. */
const call = /(?:(?:^|&&|;|\|)\s*(?:npm run )?tidings|bin\/tidings\.js) (?:-- )?((?:[a-z]+(?: |$)){1,2})([^|;&#]*)/g;

/** Calls of `tidings` in code that no such program would take: unknown commands, and flags that are not theirs. */
export function impossible(page: Page, commands: Commands): string[] {
  const known = listCommands(commands);
  return joinLines([...page.codes, ...page.fenced]).flatMap(({ text, line }) =>
    [...text.matchAll(call)].flatMap((match) => {
      const words = (match[1] ?? "").trim().split(" ");
      if (words[0] === "help") return [];
      const name = [words.join(" "), words[0] ?? ""].find((one) => known.has(one));
      if (name === undefined)
        return isNounAlone(words, commands) ? [] : [`${page.path}:${line} tidings ${words.join(" ")} is no command`];
      const flags = { ...known.get(name)?.flags, ...commonFlags };
      return [...(match[2] ?? "").matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)]
        .filter(([, flag = ""]) => !Object.hasOwn(flags, flag))
        .map(([flag]) => `${page.path}:${line} tidings ${name} has no ${flag}`);
    }),
  );
}

/** `tidings issue` and `tidings issue --help` */
function isNounAlone([name = "", ...rest]: readonly string[], commands: Commands): boolean {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return rest.length === 0 && entry !== undefined && isNoun(entry);
}

/** A line that ends in a backslash goes on in the next. */
function joinLines(found: readonly Found[]): readonly Found[] {
  const joined: Found[] = [];
  for (const { text, line } of found) {
    const last = joined.at(-1);
    if (last?.text.endsWith("\\")) joined[joined.length - 1] = { text: last.text.slice(0, -1) + text, line: last.line };
    else joined.push({ text, line });
  }
  return joined;
}

/** The numbers that a file of the command line gives as an outcome's `exit`. */
export function readExits({ tokens }: Source): readonly number[] {
  return tokens.flatMap(({ text }, at) => {
    if (text !== "exit" || tokens[at + 1]?.text !== ":") return [];
    const end = tokens.findIndex((token, index) => index > at && [",", "}", ";"].includes(token.text));
    return tokens
      .slice(at, end)
      .filter(({ kind }) => kind === "number")
      .map((token) => Number(token.text));
  });
}
