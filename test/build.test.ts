import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { diskFolder } from "./world/scratch.ts";

const root = join(import.meta.dirname, "..");
const { version, files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const temporary = diskFolder("build");
const tarball = join(temporary, `tidings-${version}.tgz`);
const installed = join(temporary, "site/node_modules/tidings");

beforeAll(() => {
  const copy = join(temporary, "package");
  mkdirSync(copy);
  for (const name of ["package.json", ...files].filter((name) => name !== "dist" && existsSync(join(root, name)))) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  // Types are checked by `npm run check`.
  run([tsc, "-p", join(root, "tsconfig.build.json"), "--noCheck", "--outDir", join(copy, "dist")]);
  writeFileSync(join(copy, "dist/renamed.js"), "");
  run([join(root, "build/assets.ts"), join(copy, "dist")]);
  execFileSync("npm", ["pack", "--silent", "--pack-destination", temporary], { cwd: copy, stdio: "pipe" });
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
});

describe("the published package", () => {
  test("answers --version from a place where Node strips no types", () => {
    expect(tidings(["--version"])).toEqual({ code: 0, out: expect.stringContaining(version), err: "" });
  });

  test("answers --help", () => {
    const { code, out, err } = tidings(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("tidings");
    expect(out).toContain("serve");
  });

  test("brings every file that the sources read at run time", () => {
    const read = filesBelow(join(root, "src"));
    const assets = read.filter((path) => !path.endsWith(".ts"));
    expect(assets.some((path) => path.endsWith(".sql"))).toBe(true);
    for (const path of assets) expect(existsSync(join(installed, "dist", path)), path).toBe(true);
    expect(existsSync(join(installed, "schema.sql"))).toBe(true);
    expect(filesBelow(join(installed, "templates"))).toEqual(filesBelow(join(root, "templates")));
  });

  test("brings no TypeScript and nothing that an earlier build left behind", () => {
    const shipped = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    expect(shipped).toContain("package/dist/cli/main.js");
    expect(shipped.filter((path) => path.endsWith(".ts") || path.includes("renamed"))).toEqual([]);
  });
});

/** Paths of files from `folder` on, sorted. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function run(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} failed:\n${stdout}${stderr}`);
}

/** What the installed package says; run where no checkout is near. */
function tidings(args: readonly string[]): { code: number | null; out: string; err: string } {
  const launcher = join(installed, "bin/tidings.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: temporary,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}
