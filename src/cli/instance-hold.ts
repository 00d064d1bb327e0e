import type { Command } from "./command.ts";
import { reply } from "./reply.ts";

/** The counterpart of `instance release`. */
export const hold: Command = {
  summary: "Let no mail leave until you release them.",
  flags: {
    restored: { help: "Say that an older state of the database was put back: what it knows as owed may have left" },
  },
  more: [
    "Sign-ups are taken as always, and what they are owed waits. Calls that are under way now are finished.",
    "With --restored, issues that were being sent or are overdue are paused by the release, and older notices given up.",
  ].join("\n"),
  examples: ["tidings instance hold", "tidings instance hold --restored"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const done = await reply(api.instance.hold.$post({ json: { restored: given.has("restored") } }));
    const { held, set } = done;
    return {
      json: done,
      text: set ? "All mails are held." : `All mails are held already: ${held.reason}`,
      notes: ["Let them leave again with: tidings instance release"],
    };
  },
};
