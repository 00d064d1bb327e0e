// All measurements, one after the other: npm run bench. A million mails by SMTP take minutes and are left to
// node bench/smtp.ts --readers 1000000 --rounds 1
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const runs: readonly (readonly [name: string, ...flags: string[]])[] = [
  ["sign-up"],
  ["press"],
  ["meanwhile"],
  ["plan", "--readers", "10000"],
  ["plan", "--readers", "100000"],
  ["plan", "--readers", "1000000", "--rounds", "1"],
  ["dispatch", "--readers", "10000"],
  ["dispatch", "--readers", "100000", "--rounds", "1"],
  ["dispatch", "--readers", "1000000", "--rounds", "1"],
  ["dispatch", "--readers", "10000", "--latency", "50"],
  ["dispatch", "--readers", "100000", "--latency", "50", "--rounds", "1"],
  ...["1", "10", "50"].flatMap((connections) => [
    ["smtp", "--readers", "10000", "--rounds", "1", "--connections", connections] as const,
    ["smtp", "--readers", "100000", "--rounds", "1", "--connections", connections] as const,
  ]),
  ["worker", "--readers", "100000"],
  ["render"],
];

for (const [name, ...flags] of runs) {
  const program = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, [program, ...flags], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
  console.log();
}
