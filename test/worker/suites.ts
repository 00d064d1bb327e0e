import { describe } from "vitest";

/** Runs suites that are written for both platforms; each keeps its hooks to itself. */
export function runSuites(suites: Readonly<Record<string, () => Promise<unknown>>>): void {
  for (const [path, suite] of Object.entries(suites)) {
    describe(path.replace("../", ""), async () => void (await suite()));
  }
}
