import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { scratchFolder } from "./world/scratch.ts";

const root = join(import.meta.dirname, "..");

test("the Worker's bundle is under 1 MB gzipped, templates included", { timeout: 120_000 }, () => {
  const out = scratchFolder("bundle");
  const flags = ["deploy", "--dry-run", "--outdir", out];
  const env = { ...process.env, CI: "true", WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(out, "logs") };
  execFileSync(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...flags], {
    cwd: root,
    env,
    stdio: "pipe",
  });
  const files = readdirSync(out).filter((name) => name === "main.js" || name.endsWith(".liquid"));
  expect(files.length).toBeGreaterThan(40);
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(out, name))).length, 0);
  expect(size).toBeLessThan(1_000_000);
});
