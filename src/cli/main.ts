import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "./commands.ts";
import { run } from "./run.ts";
import { processTerminal } from "./terminal.ts";

/** The version of the package that this file belongs to. */
function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

process.exitCode = await run(process.argv.slice(2), {
  commands,
  terminal: processTerminal(),
  environment: process.env,
  version: readVersion,
});
