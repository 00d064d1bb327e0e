import { runSuites } from "./suites.ts";

// Left to Node: query plans, dozens of installations at a time, the ledger in memory, templates from the disk, sockets.
runSuites(
  import.meta.glob([
    "../dispatch/*.test.ts",
    "!**/feedback-plans*",
    "!**/feedback-order*",
    "!**/plan.test.ts",
    "!**/upgraded*",
    "!**/thaw*",
  ]),
);
