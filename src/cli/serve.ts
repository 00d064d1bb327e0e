import { readConfig } from "../config.ts";
import { missingForMail, readInstance } from "../instance/find.ts";
import { listNewsletters } from "../newsletter/find.ts";
import type { Running } from "../node/serve.ts";
import type { Command, Outcome } from "./command.ts";
import { stillHeld, stillMissing } from "./instance.ts";

/** The server, until a signal ends it. */
export const serve: Command = {
  summary: "Run the server: pages, admin API, and the mails that are owed.",
  local: true,
  more: [
    "Settings come from the environment; docs/settings.md lists them. All are checked at start.",
    "Ctrl-C or SIGTERM finishes what is in flight and stops; a second one stops at once.",
  ].join("\n"),
  examples: ["tidings serve", "TIDINGS_PUBLIC_URL=https://letters.example.org TIDINGS_PROVIDER=resend tidings serve"],
  async run(cli) {
    const config = readConfig(cli.environment);
    const [{ serve: start }, { findRunning }] = await Promise.all([
      import("../node/serve.ts"),
      import("../node/running.ts"),
    ]);
    const other = findRunning(config.database);
    if (other !== null) cli.note(`A server at ${other} works on this database too; that is safe, and rarely meant.`);
    const stopped = Promise.withResolvers<NodeJS.Signals>();
    const ignore = cli.terminal.onStop(stopped.resolve);
    try {
      const running = await start(config);
      cli.print(await welcome(running));
      await stopped.promise;
      cli.note("Stopping: what is in flight is finished first. Once more stops at once.");
      await running.stop();
    } finally {
      ignore();
    }
    cli.note("Stopped.");
    return null;
  },
};

async function welcome({ url, opened }: Running): Promise<Outcome> {
  const { ctx, firstToken } = opened;
  const instance = await readInstance(ctx);
  const missing = missingForMail(instance);
  const newsletters = await listNewsletters(ctx);
  const { config } = ctx;
  const { publicUrl } = config;
  const text = [
    `Tidings listens on ${url}`,
    `  readers    ${publicUrl}/`,
    ...(config.provider === "outbox" ? [`  mails      ${publicUrl}/outbox (kept for reading, none leaves)`] : []),
    `  admin API  ${publicUrl}/api`,
    ...(firstToken === null
      ? []
      : ["", "This is the first start. The first admin token, shown this once:", firstToken]),
  ].join("\n");
  const notes = [
    ...stillHeld(instance),
    ...stillMissing(missing),
    ...(newsletters.length === 0 ? ["Make a newsletter: tidings newsletter create --file FILE"] : []),
  ];
  return {
    json: { url, publicUrl, provider: config.provider, token: firstToken, missing, held: instance.held },
    text,
    notes,
  };
}
