// Dispatch of an issue through the Resend way out: node bench/dispatch.ts [--readers 20000] [--rounds 3]
import { sql } from "kysely";
import { issueRecipient } from "../src/dispatch/issues.ts";
import { countAudienceAsOf } from "../src/issue/audience.ts";
import { checkIssue } from "../src/issue/compile.ts";
import { saveDraft } from "../src/issue/save.ts";
import { sendIssue } from "../src/issue/send.ts";
import { turn } from "../src/jobs.ts";
import type { Parcel } from "../src/provider/contract.ts";
import { startChild } from "./children.ts";
import { compare } from "./measure.ts";
import { longIssue, openNewsroom, seedReaders, slug } from "./newsroom.ts";
import { conclude, figure, printHead, printTable, ratioOf, readFlags } from "./report.ts";

const perBatch = 100;
const given = readFlags({ readers: 20_000, rounds: 3 });
const { rounds } = given;
/** Whole batches, so that both sides make the same calls. */
const readers = Math.ceil(given.readers / perBatch) * perBatch;
const sink = await startChild("sink.ts", []);
const settings = { TIDINGS_PROVIDER: "resend", RESEND_API_KEY: "re_bench", RESEND_BASE_URL: sink.line };
const room = await openNewsroom(settings);
const { ctx, newsletter } = room;
const parallel = ctx.config.parallel;
let issues = 0;
let calls = 0;
const bytes = { own: 0, bare: 0 };

async function startIssue(): Promise<void> {
  issues += 1;
  const name = `issue-${issues}`;
  await saveDraft(ctx, { source: longIssue(name) });
  const asOf = ctx.clock();
  const expect = await countAudienceAsOf(ctx, newsletter, asOf);
  await sendIssue(ctx, { newsletter: slug, slug: name, expect, asOf });
}

/** All of it: frozen content, plan, claims, composing, hashes, calls, receipts, and the issue found to be sent. */
async function dispatch(): Promise<number> {
  await startIssue();
  await together(async () => {
    while (await turn(ctx));
  });
  const { rows } = await sql<{ n: number }>`select count(*) n from issues where status = 'sent'`.execute(ctx.store.db);
  if (rows[0]?.n !== issues) throw new Error("an issue was not sent in full");
  bytes.own = await received();
  return readers;
}

/** The same calls by the same client with bytes made beforehand: no ledger, no composing, no hash. */
async function post(parcels: readonly Parcel[]): Promise<number> {
  let left = readers / perBatch;
  await together(async () => {
    while (left > 0) {
      left -= 1;
      calls += 1;
      const outcome = await parcels[left % parcels.length]?.send(`bench-${calls}`);
      if (outcome?.result !== "accepted") throw new Error(`the sink answered ${JSON.stringify(outcome)}`);
    }
  });
  bytes.bare = await received();
  return readers;
}

async function together(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: parallel }, work));
}

/** Bytes since the last time; throws unless they were one mail for each reader. */
async function received(): Promise<number> {
  const counts = (await (await fetch(`${sink.line}/counts`)).json()) as { mails: number; bytes: number };
  if (counts.mails !== readers) throw new Error(`the sink has ${counts.mails} mails for ${readers} readers`);
  return counts.bytes;
}

/** A few parcels of the issue as dispatch makes them; all batches in memory would be a measurement of memory. */
async function makeParcels(): Promise<Parcel[]> {
  const { content } = await checkIssue(ctx, { source: longIssue("issue-1") });
  if (content === null) throw new Error("the issue has faults");
  const fill = ctx.provider.issue(content.mail);
  const keyId = ctx.signer.currentKey;
  return Array.from({ length: Math.min(parallel, readers / perBatch) }, (_, batch) =>
    fill(
      Array.from({ length: perBatch }, (_, place) => {
        const subscriber = batch * perBatch + place + 1;
        const reader = { newsletter, subscriber, email: `reader${subscriber}@post.tld`, name: "Reader" };
        const messageId = ctx.signer.messageId([1, 1, subscriber], keyId);
        return issueRecipient(ctx, content, { ...reader, messageId, keyId, date: 0 });
      }),
    ),
  );
}

printHead("dispatch");
await seedReaders(room, readers);
await dispatch();
// Before the bare side has held anything in memory.
const peak = process.resourceUsage().maxRSS * 1_024;
const parcels = await makeParcels();
await post(parcels);
const rates = await compare({ own: dispatch, bare: () => post(parcels) }, rounds);
const size = (total: number) => `${figure(total / readers / 1_000)} kB`;
printTable([
  [`${readers.toLocaleString("en")} readers, ${parallel} calls at a time`, "mails/s", "on the wire", "× bare"],
  ["bare", figure(rates.bare), size(bytes.bare), "1.00"],
  ["Tidings", figure(rates.own), size(bytes.own), ratioOf(rates)],
]);
console.log(`  Peak memory (RSS) of the first dispatch: ${figure(peak / 1_000_000)} MB`);
conclude([{ what: "dispatch", ...rates }]);
await sink.stop();
room.close();
