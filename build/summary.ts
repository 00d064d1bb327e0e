import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** One run of the suite: test → how it ended. A file that could not be read counts as one failed test. */
type Run = ReadonlyMap<string, "passed" | "failed" | "skipped">;

/** Flattens one report; tests of the same name in one file are told apart by their number. */
export function readRun(report: Report): Run {
  const run = new Map<string, "passed" | "failed" | "skipped">();
  for (const file of report.testResults) {
    const path = relative(process.cwd(), file.name);
    for (const test of file.assertionResults) {
      let name = `${path} > ${test.fullName}`;
      for (let count = 2; run.has(name); count += 1) name = `${path} > ${test.fullName} (${count})`;
      run.set(name, test.status === "passed" || test.status === "failed" ? test.status : "skipped");
    }
    const failed = file.assertionResults.some(({ status }) => status === "failed");
    if (file.status === "failed" && !failed) run.set(`${path} > (the file)`, "failed");
  }
  return run;
}

/** Each test once: it failed if it failed in any run, passed if it passed in one and failed in none. */
export function join(runs: readonly Run[]): { passed: number; failed: readonly string[] } {
  const names = new Set(runs.flatMap((run) => [...run.keys()]));
  const failed = [...names].filter((name) => runs.some((run) => run.get(name) === "failed"));
  const passed = [...names].filter((name) => runs.some((run) => run.get(name) === "passed"));
  return { passed: passed.filter((name) => !failed.includes(name)).length, failed };
}

/** What must be read: faults by name, so that the last line never looks clean when something went wrong. */
export function listFaults(
  runs: readonly { label: string; run: Run | null; status: string }[],
  steps: readonly string[],
) {
  const read = runs.flatMap(({ run }) => run ?? []);
  const { passed, failed } = join(read);
  // A run can fail without a failed test: it never began, or something was thrown between the tests.
  const broken = runs.filter(
    ({ run, status }) => status !== "0" && !(run !== null && [...run.values()].includes("failed")),
  );
  return {
    passed,
    faults: [
      ...failed.map((name) => `failed: ${name}`),
      ...broken.map(({ label }) => `failed step: the tests on ${label}`),
      ...steps.map((step) => `failed step: ${step}`),
    ],
  };
}

/** Prints one line a run, then the faults, then `N passed, N failed`. Arguments: `label=report=exit code`…, `--`, failed steps… */
function main(args: readonly string[]): void {
  const split = args.indexOf("--");
  const runs = args.slice(0, split).map((argument) => {
    const [label = "", path = "", status = ""] = argument.split("=");
    return { label, status, run: existsSync(path) ? readRun(JSON.parse(readFileSync(path, "utf8"))) : null };
  });
  for (const { label, run } of runs) {
    const states = run === null ? [] : [...run.values()];
    const counts = (["passed", "failed", "skipped"] as const).map(
      (state) => `${states.filter((one) => one === state).length} ${state}`,
    );
    console.log(`${label}: ${counts.join(", ")}`);
  }
  const { passed, faults } = listFaults(runs, args.slice(split + 1));
  for (const fault of faults) console.log(fault);
  console.log(`${passed} passed, ${faults.length} failed`);
  process.exitCode = faults.length === 0 && passed > 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) main(process.argv.slice(2));
