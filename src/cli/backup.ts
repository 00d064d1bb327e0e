import { readConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { count } from "./words.ts";

/** The database and the key ring, while they are in use. */
export const backup: Command = {
  summary: "Copy the database, and the key ring beside it, while Tidings runs.",
  positionals: [{ name: "FILE" }],
  local: true,
  more: "The copy is checked before it gets its name. Keep both files, and keep them secret: they hold addresses and keys.",
  examples: ["tidings backup /var/backups/tidings-2026-11-22.db"],
  async run(cli, given) {
    const config = readConfig(cli.environment);
    const { backup: copy } = await import("../node/backup.ts");
    const made = await copy(config, given.words[0] ?? "");
    return {
      json: { ...made },
      text: `Copied ${count(made.bytes)} bytes to ${made.file}, and the key ring to ${made.keys}; both are checked.`,
    };
  },
};
