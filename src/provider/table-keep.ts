import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { sql } from "kysely";
import { AppError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { readHead } from "./head.ts";
import type { KeptMail, MailKeep } from "./outbox.ts";

/** Mails in tables of the database, where there is no disk to keep them on. `clock` in milliseconds UTC. */
export function createTableKeep(store: Store, clock: () => number): MailKeep {
  return {
    put: (key, mails) => put(store, { key, mails, at: clock() }),
    async list({ before, limit }) {
      const { rows } = await sql<KeptMail>`
        select id, at, recipient "to", sender "from", subject, size from outbox_mails
        where ${before ?? null} is null or id < ${before ?? null} order by id desc limit ${limit}`.execute(store.db);
      return rows;
    },
    async read(id) {
      const row = await store.db.selectFrom("outbox_mails").select("mime").where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : utf8ToBytes(row.mime);
    },
    async purge(before) {
      const [mails] = await store.commit(
        sql`delete from outbox_mails where at < ${before} returning id`,
        sql`delete from outbox_keys where at < ${before}`,
      );
      return mails.rows.length;
    },
  };
}

interface MailSet {
  readonly key: string;
  readonly mails: readonly Uint8Array[];
  readonly at: number;
}

/** All of them in one commit: the first call with a key names the time, and every later one finds its mails there. */
async function put(store: Store, { key, mails, at }: MailSet): Promise<string[]> {
  const hash = bytesToHex(sha256(utf8ToBytes(key))).slice(0, 32);
  const digest = digestOf(mails);
  const claimed = sql`outbox_keys where hash = ${hash} and digest = ${digest}`;
  const commit = store.commit(
    sql`insert into outbox_keys (hash, at, digest) values (${hash}, ${at}, ${digest}) on conflict do nothing`,
    sql<{ at: number }>`select at from ${claimed}`,
    ...mails.map((mail, place) => {
      const { to, from, subject } = readHead(mail);
      // Complete messages are ASCII (FMT-01), so text keeps every byte; D1 hands blobs over as arrays of numbers.
      return sql`insert into outbox_mails (id, at, recipient, sender, subject, size, mime)
        select printf('%015d', at) || ${suffix(hash, place)}, at, ${to}, ${from}, ${subject}, ${mail.length}, ${textOf(mail)}
        from ${claimed} on conflict do nothing`;
    }),
  );
  const [, known] = await commit.catch(leaveOpen);
  const time = known.rows[0]?.at;
  if (time === undefined) throw new AppError("conflict", `The outbox knows the key ${key} with other mails.`);
  return mails.map((_, place) => String(time).padStart(15, "0") + suffix(hash, place));
}

/** D1 may have made a commit whose answer was lost, while `unavailable` would promise that nothing was kept. */
function leaveOpen(fault: unknown): never {
  if (!(fault instanceof AppError)) throw fault;
  throw new AppError("internal", fault.message, fault.details, { cause: fault });
}

function suffix(hash: string, place: number): string {
  return `-${hash}-${String(place).padStart(4, "0")}.eml`;
}

function textOf(mail: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(mail);
}

function digestOf(mails: readonly Uint8Array[]): string {
  const hash = sha256.create();
  for (const mail of mails) hash.update(utf8ToBytes(`${mail.length}\n`)).update(mail);
  return bytesToHex(hash.digest());
}
