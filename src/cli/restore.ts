import { readConfig } from "../config.ts";
import type { Held } from "../issue/release.ts";
import type { Command } from "./command.ts";
import { openLocal } from "./connect.ts";
import { reply } from "./reply.ts";
import { counted } from "./words.ts";

/** A backup becomes the database again. */
export const restore: Command = {
  summary: "Put a backup back: the database, and the key ring beside it.",
  positionals: [{ name: "FILE" }],
  local: true,
  flags: {
    database: { value: "PATH", help: "Where to put it, instead of TIDINGS_DATABASE" },
    force: { help: "Also where newsletters or readers are; they are moved aside, not deleted" },
  },
  more: [
    "FILE is what tidings backup wrote, with FILE.keys beside it; of a folder the newest is taken. Stop the server first.",
    "The copy is checked before it takes its place. No mail leaves before tidings instance release: it may have left already.",
  ].join("\n"),
  examples: ["tidings restore /var/backups/tidings-2026-11-22.db", "tidings restore /var/backups --force"],
  async run(cli, given) {
    const path = given.text("database");
    const environment = { ...cli.environment, ...(path === undefined ? {} : { TIDINGS_DATABASE: path }) };
    const config = readConfig(environment);
    const { restore: putBack } = await import("../node/restore.ts");
    const done = await putBack(config, given.words[0] ?? "", { force: given.has("force"), now: Date.now() });
    const session = await openLocal(environment);
    try {
      const waiting: Held = await reply(session.api.instance.held.$get());
      const { held, notices, issues } = waiting;
      const text = [
        `Put ${done.from} back as ${done.database}, with its key ring; both are checked.`,
        ...done.aside.map((file) => `What was there before is kept as ${file}`),
      ].join("\n");
      return {
        json: { ...done, held, notices, issues },
        text,
        notes: [
          `No mail leaves now: ${held?.reason ?? ""}`,
          `What waits: ${counted(notices.old + notices.fresh, "notice")}, ${counted(issues.length, "issue")}.`,
          "Look at it, and let it leave: tidings instance release",
        ],
      };
    } finally {
      session.close();
    }
  },
};
