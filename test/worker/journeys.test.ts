import { runSuites } from "./suites.ts";

runSuites(import.meta.glob(["../journeys/*.test.ts"]));
