import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { type Config, readConfig } from "../src/config.ts";
import type { AppContext } from "../src/context.ts";
import { editInstance } from "../src/instance/edit.ts";
import { createNewsletter } from "../src/newsletter/create.ts";
import { openContext } from "../src/node/context.ts";
import { createWriter } from "../src/node/writer.ts";

/** The slug of the one newsletter. */
export const slug = "morning";

/** An installation of its own, on the disk and not in memory, since a commit must reach it. */
export interface Newsroom {
  readonly ctx: AppContext;
  /** Id of the one newsletter. */
  readonly newsletter: number;
  close(): Promise<void>;
}

/** A new folder for an installation, under TMPDIR, and how to remove it. */
export function makeFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "tidings-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Also where a measurement breaks off.
  process.once("exit", remove);
  return { folder, remove };
}

/** Settings of an installation in a folder; everything else is as it comes. */
export function settingsIn(folder: string, more: Readonly<Record<string, string>> = {}): Config {
  return readConfig({
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_OUTBOX: join(folder, "outbox"),
    TIDINGS_TEMPLATES: join(folder, "templates"),
    TIDINGS_LOG: "silent",
    ...more,
  });
}

/** Opens an installation that may mail, with one newsletter. */
export async function openNewsroom(more: Readonly<Record<string, string>> = {}): Promise<Newsroom> {
  const { folder, remove } = makeFolder();
  const config = settingsIn(folder, more);
  // As the server has it.
  const writer = createWriter(config.database);
  const opened = await openContext(config, { engine: writer.engine });
  const close = async () => {
    await writer.stop();
    opened.close();
    remove();
  };
  await allowMail(opened.ctx);
  return { ctx: opened.ctx, newsletter: await addNewsletter(opened.ctx), close };
}

/** Adds the newsletter of the example issue; gives its id. */
export async function addNewsletter(ctx: AppContext): Promise<number> {
  const { id } = await createNewsletter(ctx, {
    slug,
    name: "Morning Tide",
    pitch: "What Merrowhaven needs to know before the first ferry.",
    frequency: "Monday to Friday, at 6 in the morning",
    senderName: "Dana Whitlock, Morning Tide",
    senderAddress: "morning@harbourcourier.example",
    replyTo: "dana@harbourcourier.example",
  });
  return id;
}

/** Says who operates the installation; before that, mails wait. */
export async function allowMail(ctx: AppContext): Promise<void> {
  await editInstance(ctx, {
    site: "The Harbour Courier",
    operator: "Harbour Courier Publishing Cooperative",
    postalAddress: "14 Ropewalk\nMerrowhaven MH1 4RW",
    privacyUrl: "https://harbourcourier.example/privacy",
    contact: "readers@harbourcourier.example",
  });
}

/** Lets one machine sign up as many as it can: all guards look at each sign-up, and none holds it back. */
export async function raiseLimits(ctx: AppContext): Promise<void> {
  const signupLimits = { network: 1e9, domain: 1e9, newsletter: 1e9, total: 1e9 };
  await editInstance(ctx, { signupLimits, challenge: "never" });
}

/** Adds so many confirmed readers of the newsletter, as confirming them one by one would leave them. */
export async function seedReaders({ ctx, newsletter }: Newsroom, count: number): Promise<void> {
  await ctx.store.commit(
    sql`insert into subscribers (email, email_key, name, created_at, proven_at)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
      select 'reader' || i || '@post.tld', 'reader' || i || '@post.tld', iif(i % 3, 'Reader ' || i, ''), 0, 0 from n`,
    sql`insert into subscriptions (newsletter, subscriber, status, generation, since)
      select ${newsletter}, id, 'active', 1, 0 from subscribers`,
    sql`insert into consents (newsletter, subscriber, generation, event, at, method)
      select ${newsletter}, id, 1, 'confirmed', 0, 'link' from subscribers`,
  );
}

/** The issue that the demo sends, with text, pictures, buttons and a reader's name in it. */
export function exampleIssue(): string {
  return readFileSync(new URL("../examples/issues/2026-11-17-morning.md", import.meta.url), "utf8");
}

/** An issue file whose HTML part comes to about 20 kB for each reader. */
export function longIssue(name: string): string {
  const head = `---\nnewsletter: ${slug}\nsubject: "News of ${name}"\nslug: ${name}\n---`;
  const paragraph = "The tide was late, and so was the ferry; nobody on the quay minded much. ".repeat(6);
  const greeting = 'Good morning, {{ subscriber.name | default: "reader" }}.';
  return `${head}\n\n# Low water\n\n${greeting}\n\n${`${paragraph}\n\n`.repeat(paragraphs)}`;
}

const paragraphs = 14;
