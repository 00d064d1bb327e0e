import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tokenize } from "../architecture/tokens.ts";
import { diskFolder } from "../world/scratch.ts";

const root = join(import.meta.dirname, "../..");
const temporary = diskFolder("bin");

/** Makes the running Node say that it is an older one. */
const asOlder = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2", napi: "9" } });' +
    'Object.defineProperty(process, "version", { value: "v20.20.2" });',
)}`;

describe("the launcher on an older Node", () => {
  test("hands over to the Node that the project pins, with arguments, output and exit code", async () => {
    const site = pin('#!/bin/sh\nshift\necho "given: $*"\nexit 5\n');
    expect(await launch(["issue", "send", "--yes"], site)).toEqual({
      code: 5,
      out: "given: issue send --yes\n",
      err: "",
    });
  });

  test("finds a Node pinned by the project that the package is installed in", async () => {
    const site = pin("#!/bin/sh\nexit 6\n", "../..");
    expect(await launch([], site)).toMatchObject({ code: 6 });
  });

  test("passes signals on and ends as its child ends", async () => {
    const site = pin(
      `#!/bin/sh\nexec "${process.execPath}" -e 'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 60_000); console.log("up");'\n`,
    );
    const child = start([], site);
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    expect(await finished(child)).toMatchObject({ code: 7 });
  });

  test("dies by the signal that its child died by", async () => {
    const site = pin("#!/bin/sh\nkill -KILL $$\n");
    const child = start([], site);
    await finished(child);
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("says what it needs where there is no newer Node", async () => {
    const site = pin(null);
    expect(await launch(["--version"], site)).toEqual({
      code: 1,
      out: "",
      err: "Tidings needs Node 22.18 or newer; this is v20.20.2.\n",
    });
  });

  test("is written in the syntax of Node 12", () => {
    const tokens = tokenize(readFileSync(join(root, "bin/tidings.js"), "utf8"));
    const newer = tokens.filter(
      ({ kind, text }) =>
        ["?.", "??", "??=", "||=", "&&=", "await", "#"].includes(text) || (kind === "string" && /^node:/.test(text)),
    );
    expect(newer).toEqual([]);
  });
});

/** Another site with the package's launcher, whose project pins the given script as its Node, or nothing. */
function pin(node: string | null, project = "."): string {
  const site = mkdtempSync(join(temporary, "site-"));
  const home = join(site, "node_modules/tidings");
  mkdirSync(join(home, "bin"), { recursive: true });
  cpSync(join(root, "bin/tidings.js"), join(home, "bin/tidings.js"));
  cpSync(join(root, "package.json"), join(home, "package.json"));
  if (node === null) return home;
  const folder = join(home, project, "node_modules/.bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "node"), node);
  chmodSync(join(folder, "node"), 0o755);
  return home;
}

function start(args: readonly string[], home: string): ChildProcess {
  return spawn(process.execPath, ["--import", asOlder, join(home, "bin/tidings.js"), ...args], {
    cwd: temporary,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface Finished {
  code: number | null;
  out: string;
  err: string;
}

async function finished(child: ChildProcess): Promise<Finished> {
  const result: Finished = { code: null, out: "", err: "" };
  child.stdout?.on("data", (chunk) => {
    result.out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    result.err += chunk;
  });
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...result, code }));
  });
}

async function launch(args: readonly string[], home: string): Promise<Finished> {
  return await finished(start(args, home));
}
