import { runSuites } from "./suites.ts";

// Left to Node: what reads no database.
runSuites(import.meta.glob(["../issue/*.test.ts", "!**/parse*", "!**/slug*", "!**/date*"]));
