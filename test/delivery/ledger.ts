import { createHash } from "node:crypto";
import type Database from "better-sqlite3";
import type { CompiledQuery } from "kysely";
import { readConfig } from "../../src/config.ts";
import type { AppContext } from "../../src/context.ts";
import { createInstance } from "../../src/instance/create.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { silent } from "../../src/log.ts";
import { createSigner } from "../../src/mail/tokens.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { diskAssets, diskTemplates } from "../../src/node/files.ts";
import { migrate } from "../../src/node/migrate.ts";
import { createOutbox, type MailKeep } from "../../src/provider/outbox.ts";
import { openStore } from "../../src/store/open.ts";
import type { Engine } from "../../src/store/store.ts";
import { addReaders } from "./readers.ts";

/** The ledger alone, in memory: real tables and verbs, no provider that is ever called. */
export interface Ledger {
  readonly ctx: AppContext;
  readonly connection: Database.Database;
  /** Milliseconds UTC. */
  readonly clock: { now: number };
  /** Every statement that ran, as compiled, oldest first. */
  readonly ran: CompiledQuery[];
  readonly newsletter: number;
}

const unused: MailKeep = {
  put: () => Promise.reject(new Error("nothing is sent here")),
  list: async () => [],
  read: async () => null,
  purge: async () => 0,
};

/** Opens an empty ledger with one newsletter. */
export async function openLedger(): Promise<Ledger> {
  const connection = openFile(":memory:");
  migrate(connection);
  const ran: CompiledQuery[] = [];
  const clock = { now: Date.UTC(2026, 10, 22, 8) };
  let drawn = 0;
  const ctx: AppContext = {
    store: openStore(recording(sqliteEngine(connection), ran)),
    provider: createOutbox(unused),
    bell: { ring() {} },
    gate: { enter: () => true, leave() {} },
    templates: diskTemplates("none"),
    assets: diskAssets("none"),
    config: readConfig({}),
    signer: createSigner({ current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) }),
    clock: () => clock.now,
    random: (bytes) => new Uint8Array(createHash("sha512").update(String(drawn++)).digest()).slice(0, bytes),
    log: silent,
    keep: null,
    mailHost: async () => "unknown",
    probe() {},
  };
  await createInstance(ctx);
  await editInstance(ctx, {
    operator: "The Courier",
    postalAddress: "4 Quay",
    privacyUrl: "https://courier.example/p",
  });
  const { id } = await createNewsletter(ctx, {
    slug: "tide",
    name: "The Tide",
    pitch: "What the water brings.",
    senderName: "The Courier",
    senderAddress: "tide@courier.example",
  });
  return { ctx, connection, clock, ran, newsletter: id };
}

function recording(engine: Engine, ran: CompiledQuery[]): Engine {
  return {
    run(query) {
      ran.push(query);
      return engine.run(query);
    },
    batch(queries) {
      ran.push(...queries);
      return engine.batch(queries);
    },
  };
}

/** Adds confirmed readers `from + 1` to `from + count` of a newsletter, as they stand at a time. */
export function seedReaders(
  connection: Database.Database,
  newsletter: number,
  count: number,
  at: number,
  from = 0,
): void {
  for (const text of addReaders) connection.prepare(text).run({ newsletter, count, at, from });
}

/** An issue that is sending, its content frozen; nothing is planned yet. */
export function seedIssue(connection: Database.Database, newsletter: number, at: number, slug = "one"): number {
  connection
    .prepare(
      "insert into contents (hash, kind, body, created_at) values ('c', 'issue', '{}', 0) on conflict do nothing",
    )
    .run();
  const { lastInsertRowid } = connection
    .prepare(
      `insert into issues (newsletter, slug, subject, source, content, status, created_at, updated_at, audience_at, started_at)
       values (?, ?, 'One', '', 'c', 'sending', ?, ?, ?, ?)`,
    )
    .run(newsletter, slug, at, at, at, at);
  return Number(lastInsertRowid);
}
