import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const scratch = JSON.stringify(join(import.meta.dirname, "scratch.ts"));

/** A process that makes a folder, names it, and ends in its own way; the root of its folders. */
function rootOf(end: string): string {
  const code = `const { diskFolder } = await import(${scratch}); console.log(diskFolder("one")); ${end}`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
  return dirname(stdout.trim());
}

test.each(["", "process.exit(3)", "throw new Error('on purpose')"])("a folder goes with its process: %s", (end) => {
  const root = rootOf(end);
  expect(root).toMatch(/tidings-test-\d+$/);
  expect(existsSync(root)).toBe(false);
});

test("what a killed process has left goes with a later one, once nothing can be at work there any more", () => {
  const root = rootOf("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})");
  expect(existsSync(root)).toBe(true);
  rootOf("");
  expect(existsSync(root)).toBe(true);
  const earlier = Date.now() / 1_000 - 7_200;
  utimesSync(root, earlier, earlier);
  rootOf("");
  expect(existsSync(root)).toBe(false);
});

test("folders of a process that is alive stay, however old", () => {
  const make = `const { diskFolder } = await import(${scratch}); console.log(diskFolder("one"));`;
  const other = `import { execFileSync } from "node:child_process"; import { existsSync, utimesSync } from "node:fs";
    import { dirname } from "node:path";
    const { diskFolder } = await import(${scratch}); const folder = diskFolder("mine"); const root = dirname(folder);
    utimesSync(root, 1, 1);
    execFileSync(process.execPath, ["--input-type=module", "--eval", ${JSON.stringify(make)}]);
    console.log(existsSync(folder));`;
  expect(execFileSync(process.execPath, ["--input-type=module", "--eval", other], { encoding: "utf8" })).toBe("true\n");
});
