import { AppError } from "../errors.ts";
import { newKeyRing } from "../mail/key-ring.ts";
import type { Cli, Command, Noun } from "./command.ts";

const create: Command = {
  summary: "Make a fresh key ring, for a Worker.",
  positionals: [{ name: "FILE", optional: true }],
  flags: { show: { help: "Print it on a terminal, too" } },
  more: [
    "Without FILE it is printed for a program to read, and not on a terminal. FILE is made for you alone to read (mode 0600),",
    "never over one that exists. No database and no server is touched.",
    "",
    "Cloudflare shows nobody a secret again, so keep FILE in a safe place: without the ring every link in mails that have",
    "left is dead, and a backup cannot be put back. On a machine, tidings init makes the ring by itself.",
  ].join("\n"),
  examples: [
    "tidings keys new tidings.keys && npx wrangler secret put TIDINGS_KEY_RING < tidings.keys",
    "tidings keys new | npx wrangler secret put TIDINGS_KEY_RING",
  ],
  async run(cli, given) {
    const ring = newKeyRing(crypto.getRandomValues(new Uint8Array(32)));
    const [file] = given.words;
    if (file !== undefined) {
      await keep(file, ring);
      return {
        json: { file, keyRing: null },
        text: `Made the key ring ${file}. Keep it safe and secret: links in mails work only with it.`,
        notes: [`Hand it to a Worker: npx wrangler secret put TIDINGS_KEY_RING < ${file}`],
      };
    }
    refuseEyes(cli, given.has("show"));
    // One line, so that it can be pasted wherever one value is asked for.
    return { json: { file: null, keyRing: JSON.stringify(JSON.parse(ring)) }, text: JSON.stringify(JSON.parse(ring)) };
  },
};

/** What scrolls by on a terminal stays in its history, and in the eyes of whoever stands behind. */
function refuseEyes(cli: Cli, isMeant: boolean): void {
  if (isMeant || cli.terminal.columns === Number.POSITIVE_INFINITY) return;
  throw new AppError("invalid", "A key ring is secret, and this would print it on the terminal.", {
    field: "--show",
    hint: "Name a FILE for it, pipe it into a program, or say --show.",
  });
}

async function keep(file: string, ring: string): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  try {
    await writeFile(file, ring, { mode: 0o600, flag: "wx", flush: true });
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new AppError("conflict", `${file} is there already; nothing was changed.`, {
        hint: "Name another file. A ring that is in use must not be replaced: links in mails already sent work only with it.",
      });
    }
    throw new AppError("invalid", `The file ${file} cannot be written: ${code ?? String(fault)}.`, { field: "FILE" });
  }
}

/** The secrets that links are signed with. */
export const keys: Noun = {
  summary: "The key ring: what links in mails are signed with.",
  verbs: { new: create },
};
