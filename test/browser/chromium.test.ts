import { writeSync } from "node:fs";
import { expect, test } from "vitest";
import { executable } from "./browser.ts";

const inCi = process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false";

// Straight to the terminal: the runner would frame a console line with two of its own.
if (executable === null && !inCi) {
  writeSync(2, "Browser tests are skipped: no Chromium here (install it, or set CHROMIUM to its path).\n");
}

test.skipIf(executable === null && !inCi)(
  "Chromium is there for the browser tests; in CI they must not be skipped",
  () => {
    expect(executable).not.toBeNull();
  },
);
