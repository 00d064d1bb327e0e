import { runSuites } from "./suites.ts";

// A few of each folder; with WORKER_SUITES=all the whole folders run instead (test/worker/project.ts).
runSuites(
  import.meta.glob([
    "../dispatch/{each-once,in-doubt,lease}.test.ts",
    "../issue/{resolve,verify}.test.ts",
    "../subscription/{erase-race,second-try}.test.ts",
    "../subscription/guard/attack.test.ts",
  ]),
);
