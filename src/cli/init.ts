import { existsSync } from "node:fs";
import { readConfig } from "../config.ts";
import { missingForMail, readInstance } from "../instance/find.ts";
import { silent } from "../log.ts";
import type { Command } from "./command.ts";
import { stillMissing } from "./instance.ts";

/** Makes an installation, once. */
export const init: Command = {
  summary: "Make the database, the key ring and the first admin token.",
  local: true,
  more: "On a database that is there already it changes nothing and says so. tidings serve does the same at its first start.",
  examples: ["tidings init", "TIDINGS_DATABASE=/srv/tidings/tidings.db tidings init"],
  async run(cli) {
    const config = readConfig(cli.environment);
    const { openContext } = await import("../node/context.ts");
    const before = existsSync(config.database);
    const { ctx, firstToken, close } = await openContext(config, { log: silent });
    try {
      const missing = missingForMail(await readInstance(ctx));
      const { database, keys } = config;
      const json = { created: firstToken !== null, database, keys, token: firstToken, missing };
      const notes = [
        ...stillMissing(missing),
        "Make a newsletter: tidings newsletter create --file FILE",
        "Start: tidings serve",
      ];
      if (firstToken === null) {
        return {
          json,
          text: `${database} is there already${before ? "" : ", made just now by another process"}; nothing was changed.`,
          notes,
        };
      }
      const text = [
        `Made the database ${database} and the key ring ${keys}. Back both up: tidings backup FILE`,
        "",
        "The first admin token, shown this once. Commands on this machine do not need it; those with --server do.",
        firstToken,
      ].join("\n");
      return { json, text, notes };
    } finally {
      close();
    }
  },
};
