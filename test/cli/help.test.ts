import { describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { isNoun } from "../../src/cli/help.ts";
import { play } from "./stage.ts";

const all = Object.entries(commands).flatMap(([name, entry]) =>
  isNoun(entry)
    ? Object.entries(entry.verbs).map(([verb, command]) => [`${name} ${verb}`, command] as const)
    : [[name, entry] as const],
);

const ask = (...argv: string[]) => play(argv, {}, {});

describe("help", () => {
  test("of everything names every command", async () => {
    for (const argv of [["--help"], ["-h"], ["help"]]) {
      const { code, out, err } = await ask(...argv);
      expect([code, err]).toEqual([0, ""]);
      for (const name of Object.keys(commands)) expect(out).toContain(`  ${name}`);
    }
  });

  test.each(all)("of %s has usage, every flag and examples", async (name, command) => {
    const asked = await ask(...name.split(" "), "--help");
    expect(asked).toEqual(await ask("help", ...name.split(" ")));
    expect([asked.code, asked.err]).toEqual([0, ""]);
    expect(asked.out).toContain(`Usage: tidings ${name}`);
    for (const flag of [...Object.keys(command.flags ?? {}), "server", "json"])
      expect(asked.out).toContain(`--${flag}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(example).toContain(`tidings ${name}`);
  });

  test("of a noun lists its verbs", async () => {
    const { code, out } = await ask("issue", "--help");
    expect(code).toBe(0);
    for (const verb of ["lint", "test", "send", "status", "list"]) expect(out).toContain(`tidings issue ${verb}`);
    expect(await ask("help", "issue")).toEqual(await ask("issue", "--help"));
  });

  test("stays within a line of a terminal", async () => {
    for (const [name] of all) {
      const { out } = await ask(...name.split(" "), "--help");
      expect(out.split("\n").filter((line) => line.length > 120)).toEqual([]);
    }
  });
});

test("the version is printed", async () => {
  expect(await ask("--version")).toMatchObject({ code: 0, out: "1.2.3\n" });
});

describe("wrong use ends with exit code 2 and says what was meant", () => {
  test.each([
    [["newslettr", "list"], "Did you mean tidings newsletter?"],
    [["newsletter", "lst"], "Did you mean tidings newsletter list?"],
    [["newsletter", "list", "--staus", "open"], "Did you mean --status?"],
    [["constructor"], "See: tidings help"],
    [["issue", "constructor"], "See: tidings help issue"],
    [["help", "isue"], "Did you mean tidings issue?"],
  ])("%j", async (argv, hint) => {
    const { code, out, err } = await ask(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^Error: /);
    expect(err).toContain(hint);
  });

  test("without a command or a verb the help goes to standard error", async () => {
    for (const argv of [[], ["issue"], ["--json"], ["--yes"]]) {
      const { code, out, err } = await ask(...argv);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain("Examples:");
    }
  });

  test("as JSON where that is asked for", async () => {
    const { code, out, err } = await ask("newsletter", "lst", "--json");
    expect([code, out]).toEqual([2, ""]);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "invalid",
        message: 'tidings newsletter has no "lst".',
        hint: "Did you mean tidings newsletter list?",
      },
    });
  });
});
