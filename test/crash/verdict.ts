import type Database from "better-sqlite3";
import { expect } from "vitest";
import type { BatchRow, IssueRow } from "../../src/store/rows.ts";
import { assertHoused, assertLedger } from "../delivery/invariants.ts";
import { look, type Owed } from "./installation.ts";
import type { Round } from "./rounds.ts";

/** What a round has left behind, on both sides. */
export interface Remains {
  readonly folder: string;
  readonly round: Round;
  readonly owed: Owed;
  /** What the provider took, by its own ledger. */
  readonly taken: readonly (readonly [address: string, id: string])[];
  readonly struck: number;
}

/** How a mail stands in the database. */
interface Standing {
  readonly address: string;
  readonly state: string;
}

const readers = `
  select p.email address, coalesce(d.state, b.state) state from deliveries d
  join subscribers p on p.id = d.subscriber
  join batches b on b.id = coalesce(d.batch, (
    select r.id from batches r where r.issue = d.issue and r.first <= d.subscriber order by r.first desc limit 1))`;

const people = `
  select p.email address, coalesce(n.state, b.state, 'waiting') state from notices n
  join subscribers p on p.id = n.subscriber left join batches b on b.id = n.batch`;

/** Holds both sides against each other, and against the promise (RULES §8.1); throws where they differ. */
export function judge(remains: Remains): { inDoubt: number } {
  return look(remains.folder, (connection) => {
    assertLedger(connection, new Map([[1, remains.owed.readers.length]]));
    assertHoused(connection);
    expect(connection.prepare("select * from journals").all(), "journals left behind").toEqual([]);
    const list = (sql: string) => connection.prepare<[], Standing>(sql).all();
    const mails = [...list(readers), ...list(people)];
    const owed = [...remains.owed.readers, ...remains.owed.people];
    expect(mails.map((mail) => mail.address).sort(), "mails on record").toEqual([...owed].sort());
    const doubtful = mails.filter((mail) => mail.state === "in_doubt").map((mail) => mail.address);
    const accepted = mails.filter((mail) => mail.state === "accepted").map((mail) => mail.address);
    expect(accepted.length + doubtful.length, "accepted or in doubt").toBe(owed.length);
    assertTaken(remains, owed, accepted);
    assertDoubt(connection, remains, doubtful);
    assertReceipts(connection, remains);
    return { inDoubt: doubtful.length };
  });
}

/** Nobody twice, nobody unknown, and everybody who is on record as accepted. */
function assertTaken({ taken }: Remains, owed: readonly string[], accepted: readonly string[]): void {
  const recipients = taken.map(([address]) => address);
  const [due, reached] = [new Set(owed), new Set(recipients)];
  const before = new Set<string>();
  const twice = recipients.filter((one) => before.size === before.add(one).size);
  expect(twice, "mailed twice").toEqual([]);
  expect(
    [...reached].filter((one) => !due.has(one)),
    "mailed and not owed",
  ).toEqual([]);
  expect(
    accepted.filter((one) => !reached.has(one)),
    "accepted on record, and never taken",
  ).toEqual([]);
}

/** Where keys are known nothing is in doubt; by SMTP without them at most what each worker had on its way when its process ended or stopped. */
function assertDoubt(connection: Database.Database, remains: Remains, doubtful: readonly string[]): void {
  const { round, struck } = remains;
  const most = round.transport === "smtp" ? struck * round.workers : 0;
  expect(doubtful.length, `in doubt: ${doubtful}`).toBeLessThanOrEqual(most);
  const aboutReaders = remains.owed.readers.some((one) => doubtful.includes(one));
  const issue = connection.prepare<[], IssueRow>("select * from issues").get();
  expect(issue?.status).toBe(aboutReaders ? "incomplete" : "sent");
}

/** What the provider called each mail is what stands in the receipts. */
function assertReceipts(connection: Database.Database, { taken, round }: Remains): void {
  if (round.transport === "smtp") return;
  const batches = connection.prepare<[], BatchRow>("select * from batches where state = 'accepted'").all();
  const receipts = batches.flatMap((batch) => JSON.parse(batch.receipt ?? "[]") as [number, string][]);
  // By SMTP the whole answer is kept: `2.0.0 Ok: queued as ID`.
  expect(receipts.map(([, id]) => id.replace(/^.* /, "")).sort(), "receipts").toEqual(taken.map(([, id]) => id).sort());
}
