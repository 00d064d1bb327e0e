import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { join as joinRuns, readRun } from "../../build/summary.ts";

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
});
