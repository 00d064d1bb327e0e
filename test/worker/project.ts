import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { ringText } from "../world/house.ts";

function beside(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Modules of the tests that workerd cannot run, and what stands in their place. */
const alias = [
  { find: /^.*\/world\/platform\.ts$/, replacement: beside("../world/platform-worker.ts") },
  { find: /^.*\/fakes\/resend\/start\.ts$/, replacement: beside("start-resend.ts") },
];

/** Every suite that both platforms can run takes minutes in workerd: a few of each folder stand for them unless all are asked for; slices run on Node. */
const all = process.env.WORKER_SUITES === "all";
const folders = ["dispatch", "guard", "invariants", "issue", "slice", "subscription"].map(
  (name) => `test/worker/${name}.test.ts`,
);

/** The tests that run in workerd, as wrangler.toml describes the Worker, without an account or a network. */
export const workers: TestProjectInlineConfiguration = {
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: "./wrangler.toml" },
      remoteBindings: false,
      miniflare: {
        cf: false,
        d1Databases: Array.from({ length: 6 }, (_, at) => `WORLD_${at}`),
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations("./src/store/migrations"),
          TIDINGS_KEY_RING: ringText,
          TEST_ALL: all,
          TIDINGS_LOG: "silent",
        },
      },
    })),
  ],
  resolve: { alias },
  test: {
    name: "workers",
    globalSetup: ["./test/fakes/resend/broker.ts"],
    include: ["test/worker/**/*.test.ts"],
    exclude: all ? ["test/worker/suites.test.ts"] : folders,
    // D1 answers through a queue of its own, dozens of times slower than a file: some suites take a minute on a slow machine.
    testTimeout: all ? 180_000 : 60_000,
    hookTimeout: 60_000,
  },
};
