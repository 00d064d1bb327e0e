// All measurements, one after the other: npm run bench
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

for (const name of ["sign-up", "plan", "dispatch", "render"]) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
  console.log();
}
