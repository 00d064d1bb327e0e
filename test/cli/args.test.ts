import { describe, expect, test } from "vitest";
import { bringBehind, readGiven } from "../../src/cli/args.ts";
import type { Command } from "../../src/cli/command.ts";
import { AppError } from "../../src/errors.ts";

const command: Command = {
  summary: "Try.",
  positionals: [{ name: "FILE" }, { name: "WHERE", optional: true }],
  flags: {
    to: { value: "ADDRESS", many: true, help: "" },
    "sender-name": { value: "TEXT", help: "" },
    position: { value: "NUMBER", help: "" },
    yes: { help: "" },
  },
  examples: [],
  run: () => Promise.reject(new Error("not run here")),
};

function refusal(...argv: string[]): { message: string; hint: string | undefined } {
  try {
    readGiven(command, argv);
  } catch (fault) {
    if (!(fault instanceof AppError)) throw fault;
    expect(fault.code).toBe("invalid");
    return { message: fault.message, hint: fault.details.hint };
  }
  throw new Error("nothing was refused");
}

describe("flags", () => {
  test("are read before, between and behind words, with and without an equals sign", () => {
    const given = readGiven(command, [
      "--yes",
      "a.md",
      "--to",
      "x@example.org",
      "there",
      "--to=y@example.org",
      "--json",
    ]);
    expect(given.words).toEqual(["a.md", "there"]);
    expect(given.list("to")).toEqual(["x@example.org", "y@example.org"]);
    expect(given.has("yes")).toBe(true);
    expect(given.has("json")).toBe(true);
    expect(given.text("sender-name")).toBeUndefined();
  });

  test("may have an empty value", () => {
    expect(readGiven(command, ["a.md", "--sender-name", ""]).text("sender-name")).toBe("");
    expect(readGiven(command, ["a.md", "--sender-name="]).text("sender-name")).toBe("");
  });

  test("behind two dashes are words", () => {
    expect(readGiven(command, ["--", "--yes"]).words).toEqual(["--yes"]);
  });

  test.each([
    ["--sendername", "Did you mean --sender-name?"],
    ["--sender_name", "Did you mean --sender-name?"],
    ["--yess", "Did you mean --yes?"],
    ["--jsn", "Did you mean --json?"],
    ["--constructor", undefined],
    ["--__proto__", undefined],
    ["-x", undefined],
  ])("that are unknown are refused: %s", (flag, hint) => {
    expect(refusal("a.md", flag)).toEqual({ message: `There is no flag ${flag} here.`, hint });
  });

  test.each([
    [["a.md", "--to"], "--to needs a value: --to ADDRESS"],
    [["a.md", "--to", "--yes"], "--to needs a value: --to ADDRESS"],
    [["a.md", "--yes=no"], "--yes takes no value."],
    [["a.md", "--yes", "--yes"], "--yes is given twice."],
    [["a.md", "--sender-name", "a", "--sender-name", "b"], "--sender-name is given twice."],
  ])("that are misused are refused: %j", (argv, message) => {
    expect(refusal(...argv).message).toBe(message);
  });

  test("with numbers are whole ones, negative ones too", () => {
    expect(readGiven(command, ["a.md", "--position", "-5"]).number("position")).toBe(-5);
    expect(readGiven(command, ["a.md"]).number("position")).toBeUndefined();
    for (const text of ["1.5", "five", "", "1e3", "0x10"]) {
      expect(() => readGiven(command, ["a.md", `--position=${text}`]).number("position")).toThrow("whole number");
    }
  });
});

describe("words", () => {
  test("that are missing are named", () => {
    expect(refusal("--yes").message).toBe("FILE is missing.");
  });

  test("beyond the last are refused", () => {
    expect(refusal("a", "b", "c").message).toBe('"c" is one word too many.');
  });

  test("may be missing where help is asked for", () => {
    expect(readGiven(command, ["--help"]).has("help")).toBe(true);
    expect(readGiven(command, ["-h"]).has("help")).toBe(true);
  });
});

test("common flags may stand before the command", () => {
  expect(bringBehind(["--json", "--server", "https://a.example", "issue", "list"])).toEqual([
    ...["issue", "list", "--json", "--server", "https://a.example"],
  ]);
  expect(bringBehind(["--server=https://a.example", "issue"])).toEqual(["issue", "--server=https://a.example"]);
  expect(bringBehind(["--yes", "issue"])).toEqual(["--yes", "issue"]);
});
