import { runSuites } from "./suites.ts";

// Left to Node: what counts statements.
runSuites(import.meta.glob(["../subscription/*.test.ts", "!**/*same-answer.test.ts"]));
