import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { join as joinRuns, listFaults, readRun } from "../../build/summary.ts";

const root = join(import.meta.dirname, "../..");

describe("the summary of several runs", () => {
  const file = (name: string, status: string, ...tests: readonly (readonly [string, string])[]) => ({
    testResults: [
      { name: join(root, name), status, assertionResults: tests.map(([fullName, status]) => ({ fullName, status })) },
    ],
  });

  test("counts a test once, and as failed if it failed in one of them", () => {
    const first = readRun(file("a.test.ts", "passed", ["one", "passed"], ["two", "passed"], ["three", "skipped"]));
    const second = readRun(file("a.test.ts", "failed", ["one", "passed"], ["two", "failed"], ["three", "passed"]));
    expect(joinRuns([first, second])).toEqual({ passed: 2, failed: ["a.test.ts > two"] });
  });

  test("tells tests of the same name apart", () => {
    expect(joinRuns([readRun(file("a.test.ts", "passed", ["one", "passed"], ["one", "passed"]))]).passed).toBe(2);
  });

  test("counts a file that could not be read as failed", () => {
    expect(joinRuns([readRun(file("a.test.ts", "failed"))])).toEqual({ passed: 0, failed: ["a.test.ts > (the file)"] });
  });

  test("names a run that failed without a failed test, and each failed step", () => {
    const good = readRun(file("a.test.ts", "passed", ["one", "passed"]));
    const bad = readRun(file("a.test.ts", "failed", ["one", "failed"]));
    const runs = [
      { label: "Node 22", run: good, status: "1" },
      { label: "Node 24", run: null, status: "127" },
      { label: "Node 26", run: good, status: "0" },
    ];
    expect(listFaults(runs, ["npm run check"])).toEqual({
      passed: 1,
      faults: ["failed step: the tests on Node 22", "failed step: the tests on Node 24", "failed step: npm run check"],
    });
    expect(listFaults([{ label: "Node 22", run: bad, status: "1" }], []).faults).toEqual(["failed: a.test.ts > one"]);
  });
});
