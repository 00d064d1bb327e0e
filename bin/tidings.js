#!/usr/bin/env node
// Plain, old JavaScript without native imports: an older Node must get as far as saying so, instead of crashing.
// better-sqlite3 needs Node-API 10, and 22.18 is the first Node that runs TypeScript without a flag.
/* biome-ignore-all lint/style/useNodejsImportProtocol: Node 12 knows these modules by their plain names only. */
/* biome-ignore-all lint/complexity/useOptionalChain: as above, the syntax is that of Node 12. */
import { spawn } from "child_process";
import { existsSync, realpathSync } from "fs";
import { dirname, join, sep } from "path";
import { fileURLToPath, pathToFileURL } from "url";

const home = dirname(dirname(fileURLToPath(import.meta.url)));

if (isEnough(process.versions)) {
  start();
} else {
  const newer = findNode(home);
  if (newer === null) {
    console.error(`Tidings needs Node 22.18 or newer; this is ${process.version}.`);
    process.exitCode = 1;
  } else {
    relaunch(newer);
  }
}

function isEnough(versions) {
  const [major, minor] = versions.node.split(".").map(Number);
  return Number(versions.napi) >= 10 && (major > 22 || (major === 22 && minor >= 18));
}

// A checkout runs its sources, which are never stale; a package has only dist, since Node strips no types in node_modules.
function start() {
  const source = join(home, "src", "cli", "main.ts");
  const built = join(home, "dist", "cli", "main.js");
  const checkout = existsSync(source) && !home.split(sep).includes("node_modules");
  import(pathToFileURL(checkout ? source : built).href).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}

// The node that a project pins, in its own node_modules or further up; never the one that runs now.
function findNode(folder) {
  const candidate = join(folder, "node_modules", ".bin", "node");
  if (existsSync(candidate) && realpathSync(candidate) !== realpathSync(process.execPath)) return candidate;
  const parent = dirname(folder);
  return parent === folder ? null : findNode(parent);
}

function relaunch(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: "inherit" });
  const forward = (signal) => child.kill(signal);
  // A terminal sends its Ctrl-C to the child as well, and a second one would mean "at once".
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on("SIGINT", terminal ? () => {} : forward);
  process.on("SIGTERM", forward);
  process.on("SIGHUP", forward);
  child.on("error", (error) => {
    console.error(`Tidings needs Node 22.18 or newer, and ${node} does not start: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
