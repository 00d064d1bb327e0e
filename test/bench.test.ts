import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compare } from "../bench/measure.ts";
import { findFaults, ratioOf } from "../bench/report.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function bench(name: string, ...args: string[]): Promise<Ended> {
  const path = fileURLToPath(new URL(`../bench/${name}.ts`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, ["--no-warnings", path, ...args], (fault, out, err) => {
      resolve({ code: fault === null ? 0 : Number(fault.code ?? 1), out, err });
    });
  });
}

/** The figures of the line that begins with these words. */
function figures(out: string, words: string): number[] {
  const line = out.split("\n").find((one) => one.trim().startsWith(words));
  if (line === undefined) throw new Error(`no line begins with "${words}" in:\n${out}`);
  const rest = line.slice(line.indexOf(words) + words.length).replaceAll(",", "");
  return [...rest.matchAll(/(?<=\s)\d+(?:\.\d+)?(?:e\+\d+)?/g)].map(([number]) => Number(number));
}

const sizes = {
  "sign-up": ["--seconds", "0.1"],
  press: ["--seconds", "0.1"],
  plan: ["--readers", "300", "--rounds", "1"],
  dispatch: ["--readers", "300", "--rounds", "1"],
  smtp: ["--readers", "300", "--rounds", "1", "--connections", "3"],
  meanwhile: ["--readers", "60000", "--seconds", "0.2", "--connections", "2"],
  render: ["--seconds", "0.05"],
};

const dispatched = [
  ["bare", 3],
  ["Tidings", 3],
  ["Share of the bare rate:", 1],
  ["First mail after the word:", 1],
  ["Processor time per 1,000 mails:", 1],
  ["Peak memory (RSS):", 1],
] as const;

/** Lines that each of them prints, and how many figures stand in each. */
const lines: Record<string, readonly (readonly [words: string, figures: number])[]> = {
  "sign-up": [16, 64].flatMap((connections) =>
    ["bare", "Tidings, mails wait", "Tidings, mails leave meanwhile"].map(
      (way) => [`${connections} connections, ${way}`, 6] as const,
    ),
  ),
  press: ["confirm", "leave"].flatMap((press) =>
    [16, 64].flatMap((connections) =>
      ["bare", "Tidings"].map((way) => [`${press}, ${connections} connections, ${way}`, 6] as const),
    ),
  ),
  plan: [
    ["bare", 3],
    ["Tidings", 3],
  ],
  dispatch: [["bare, by fetch (undici)", 3], ...dispatched],
  smtp: dispatched,
  meanwhile: [
    ["nothing else to do", 4],
    ["while an issue is sent", 4],
    ["p99 while sending:", 1],
  ],
  render: [
    ["Compiling the example issue,", 2],
    ["batches of 100 filled, per s", 3],
    ["batches of 100 signed and filled, per s", 3],
    ["confirmation mails rendered, per s", 3],
  ],
};

describe.each(Object.entries(sizes))("bench/%s.ts", (name, args) => {
  test("prints the commit and its figures, and ends with 0", async () => {
    const { code, out, err } = await bench(name, ...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^${name}: commit (?:[0-9a-f]{7,40}(?: \\(dirty\\))?|unknown), Node v\\d+\\.`));
    for (const [words, count] of lines[name] ?? []) {
      const found = figures(out, words);
      expect(found, words).toHaveLength(count);
      // Nothing is sent while nothing is to be sent.
      expect(Math.min(...found), words).toBeGreaterThanOrEqual(words === "nothing else to do" ? 0 : Number.MIN_VALUE);
    }
  });
});

test("a size that is no number is refused with the flags that there are", async () => {
  const { code, err } = await bench("plan", "--readers", "many");
  expect(code).toBe(2);
  expect(err).toContain("--readers 200000");
});

describe("the verdict", () => {
  test("a bare limit that is slower than the product fails the run", () => {
    expect(findFaults([{ what: "plan", own: 200, bare: 100, measured: 1 }])).toHaveLength(1);
  });

  test.each([
    ["a limit above the product", { own: 100, bare: 200, measured: 1 }],
    ["a limit within the noise", { own: 100, bare: 96, measured: 1 }],
    ["a run too short to say anything", { own: 200, bare: 100, measured: 0.1 }],
  ])("%s passes", (_, rates) => {
    expect(findFaults([{ what: "plan", ...rates }])).toEqual([]);
  });

  test("the ratio tells how many times the time of the limit the product takes", () => {
    expect(ratioOf({ own: 100, bare: 150 })).toBe("1.50");
  });

  test("both sides are run as often, and in turn", async () => {
    const ran: string[] = [];
    const side = (name: string) => () => ran.push(name);
    await compare({ own: side("own"), bare: side("bare") }, 3);
    expect(ran).toEqual(["own", "bare", "bare", "own", "own", "bare"]);
  });
});
