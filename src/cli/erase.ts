import { AppError } from "../errors.ts";
import type { Cli, Command } from "./command.ts";
import { reply } from "./reply.ts";
import { counted } from "./words.ts";

/** Deletes a person, so it asks. */
export const erase: Command = {
  summary: "Erase a person: profile, subscriptions and mails owed go, a keyed hash stays.",
  positionals: [{ name: "ADDRESS" }],
  flags: {
    yes: { help: "Do not ask; needed without a terminal" },
    "dry-run": { help: "Show what would go, and stop" },
  },
  more: "On a terminal it asks you to type the address again. It cannot be undone.",
  examples: ["tidings erase reader@example.org --dry-run", "tidings erase reader@example.org"],
  async run(cli, given) {
    const [address = ""] = given.words;
    const { api } = await cli.connect();
    const dry = given.has("dry-run");
    if (dry || !given.has("yes")) {
      const { subscriber } = await reply(api.subscribers.find.$post({ json: { address } }));
      const what = `${subscriber.email} with ${counted(subscriber.subscriptions.length, "subscription")} and ${counted(subscriber.consents.length, "consent event")}`;
      if (dry) return { json: { erased: false, subscriber }, text: `Would erase ${what}.` };
      await confirm(cli, address, what);
    }
    const { erased } = await reply(api.subscribers.erase.$post({ json: { address } }));
    return {
      json: { erased },
      text: `Erased ${address}. A keyed hash stays, so that no import brings the address back.`,
    };
  },
};

async function confirm(cli: Cli, address: string, what: string): Promise<void> {
  if (!cli.terminal.canAsk) {
    throw new AppError("invalid", "Erasing asks for confirmation, and there is no terminal to ask on.", {
      hint: "Look with --dry-run, then pass --yes.",
    });
  }
  const typed = await cli.terminal.ask(`This erases ${what}, for good.\nType the address to go on: `);
  if (typed !== address) throw new AppError("invalid", "That is not the address: nothing was erased.");
}
