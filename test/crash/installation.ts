import { cpSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { readConfig } from "../../src/config.ts";
import type { AppContext } from "../../src/context.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { openContext } from "../../src/node/context.ts";
import { openFile } from "../../src/node/engine.ts";
import { subscribe } from "../../src/subscription/subscribe.ts";
import { seedReaders } from "../delivery/ledger.ts";
import { environment } from "./orders.ts";

/** When every installation begins, in ms UTC. */
export const start = Date.UTC(2026, 10, 22, 8);

/** Makes an installation with one newsletter in a folder: an issue to so many readers is to be planned, so many sign-ups wait. */
export async function install(folder: string, crowd: { readers: number; people: number }): Promise<void> {
  const config = readConfig(environment({ folder, transport: "strict", url: "http://127.0.0.1:9" }));
  const { ctx, close } = await openContext(config, { clock: () => start });
  const operator = { operator: "The Courier", postalAddress: "4 Quay", privacyUrl: "https://courier.example/privacy" };
  await editInstance(ctx, operator);
  await createNewsletter(ctx, {
    slug: "tide",
    name: "The Tide",
    pitch: "What the water brings.",
    senderName: "The Courier",
    senderAddress: "tide@courier.tld",
  });
  await sendToReaders(ctx, crowd.readers);
  for (let n = 0; n < crowd.people; n += 1) {
    await subscribe(ctx, { email: `new${n}@post.tld`, newsletters: ["tide"], wording: "Yes, please." });
  }
  close();
}

async function sendToReaders(ctx: AppContext, readers: number): Promise<void> {
  const connection = openFile(ctx.config.database);
  seedReaders(connection, 1, readers, start - 1);
  connection.close();
  await saveDraft(ctx, { source: "---\nnewsletter: tide\nsubject: Ebb\nslug: ebb\n---\n\nThe tide is out.\n" });
  await sendIssue(ctx, { newsletter: "tide", slug: "ebb", expect: readers, asOf: start });
}

/** Who is owed what in an installation; addresses. */
export interface Owed {
  readonly readers: readonly string[];
  readonly people: readonly string[];
}

/** A copy of an installation with addresses and keys of its own at the provider: both begin with its name. */
export function copy(from: string, to: string, name: string, withPeople: boolean): Owed {
  cpSync(from, to, { recursive: true });
  return look(to, (connection) => {
    connection.prepare("update instance set uid = ?").run(name);
    connection
      .prepare(
        "update subscribers set email = @name || '-' || id || '@post.tld', email_key = @name || '-' || id || '@post.tld'",
      )
      .run({ name });
    if (!withPeople) connection.exec("delete from notices");
    const addresses = (sql: string): string[] => connection.prepare<[], string>(sql).pluck().all();
    return {
      readers: addresses("select email from subscribers join subscriptions on subscriber = id where status = 'active'"),
      people: addresses("select email from subscribers join notices n on n.subscriber = subscribers.id"),
    };
  });
}

/** What the tables of a folder hold, read when nobody else has them open. */
export function look<Result>(folder: string, read: (connection: Database.Database) => Result): Result {
  const connection = openFile(join(folder, "tidings.db"));
  try {
    return read(connection);
  } finally {
    connection.close();
  }
}
