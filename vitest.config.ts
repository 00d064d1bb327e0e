import { defineConfig } from "vitest/config";
import { workers } from "./test/worker/project.ts";

/** Files whose tests run servers and loops in their own process, stub its environment or put something in the place of its modules. */
const apart = [
  "test/bench.test.ts",
  "test/browser/**/*.test.ts",
  "test/crash/**/*.test.ts",
  "test/node/**/*.test.ts",
  "test/parity/**/*.test.ts",
  "test/provider/keep-faults.test.ts",
  "test/provider/resend-reach.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Processes that tests start keep their compiled code here, since hundreds of them load the same.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.cache/compiled` },
    projects: [
      { extends: true, test: { name: "apart", include: apart, setupFiles: ["test/world/tidy.ts"] } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...apart, "test/worker/!(slice)*"],
          // One process after another file's, which spares each a start of its own and cold code.
          isolate: false,
          setupFiles: ["test/world/alone.ts", "test/world/tidy.ts"],
        },
      },
      workers,
    ],
  },
});
