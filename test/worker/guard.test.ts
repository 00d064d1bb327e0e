import { runSuites } from "./suites.ts";

// Left to Node: what counts statements, and ten thousand sign-ups.
runSuites(
  import.meta.glob([
    "../subscription/guard/*.test.ts",
    "!**/*same-answer.test.ts",
    "!**/bombing.test.ts",
    "!**/proofs.test.ts",
  ]),
);
