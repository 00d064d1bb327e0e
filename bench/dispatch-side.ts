// One side of a measurement of dispatch, in a process of its own so that its memory is its own:
// node bench/dispatch-side.ts own|bare|fetch|smtp '{"settings":…,"readers":…,"parallel":…}'; prints one line of JSON.
import { sql } from "kysely";
import { createGate, workersFor } from "../src/dispatch/gate.ts";
import { issueRecipient } from "../src/dispatch/issues.ts";
import { countAudienceAsOf } from "../src/issue/audience.ts";
import type { IssueContent } from "../src/issue/compile.ts";
import { checkIssue } from "../src/issue/compile.ts";
import { saveDraft } from "../src/issue/save.ts";
import { sendIssue } from "../src/issue/send.ts";
import { turn } from "../src/jobs.ts";
import type { Recipient } from "../src/mail/message.ts";
import { frameMime } from "../src/mail/mime-frame.ts";
import type { Parcel, Provider } from "../src/provider/contract.ts";
import { createResend } from "../src/provider/resend/send.ts";
import type { Order, Run } from "./dispatch-run.ts";
import { longIssue, openNewsroom, seedReaders, slug } from "./newsroom.ts";
import { type BareMail, sendBare } from "./smtp-bare.ts";

const perBatch = 100;
const [side = "", order = ""] = process.argv.slice(2);
const { settings, readers, parallel } = JSON.parse(order) as Order;
const room = await openNewsroom(settings);
const { ctx, newsletter } = room;

async function together(work: () => Promise<void>, workers = parallel): Promise<void> {
  await Promise.all(Array.from({ length: workers }, work));
}

/** All of it: frozen content, plan, claims, composing, hashes, calls, receipts, and the issue found to be sent. */
async function dispatch(): Promise<void> {
  const asOf = ctx.clock();
  const expect = await countAudienceAsOf(ctx, newsletter, asOf);
  said = Date.now();
  await sendIssue(ctx, { newsletter: slug, slug: "issue", expect, asOf });
  const paying = { ...ctx, gate: createGate(parallel) };
  await together(async () => {
    while (await turn(paying));
  }, workersFor(parallel));
  const { rows } = await sql<{ n: number }>`select count(*) n from issues where status = 'sent'`.execute(ctx.store.db);
  if (rows[0]?.n !== 1) throw new Error("the issue was not sent in full");
}

/** The same calls with bytes made beforehand: no ledger, no composing, no hash. */
async function post(parcels: readonly Parcel[]): Promise<void> {
  let left = Math.ceil(readers / perBatch);
  let calls = 0;
  said = Date.now();
  await together(async () => {
    while (left > 0) {
      left -= 1;
      calls += 1;
      const outcome = await parcels[left % parcels.length]?.send(`bench-${calls}`);
      if (outcome?.result !== "accepted") throw new Error(`the sink answered ${JSON.stringify(outcome)}`);
    }
  });
}

/** The same mails over as many connections by the least client there is. */
async function postBySmtp(mails: readonly BareMail[]): Promise<void> {
  let left = readers;
  said = Date.now();
  await together(async () => {
    const sent = await sendBare(Number(new URL(settings.SMTP_URL ?? "").port), () => {
      left -= 1;
      return left < 0 ? null : (mails[left % mails.length] ?? null);
    });
    if (sent === 0) throw new Error("a connection had nothing to send");
  });
}

/** Readers and content as dispatch makes mails of them. */
async function readContent(): Promise<{ content: IssueContent; recipients: Recipient[] }> {
  const { content } = await checkIssue(ctx, { source: longIssue("issue") });
  if (content === null) throw new Error("the issue has faults");
  const keyId = ctx.signer.currentKey;
  const recipients = Array.from({ length: parallel * perBatch }, (_, place) => {
    const subscriber = place + 1;
    const reader = { newsletter, subscriber, email: `reader${subscriber}@post.tld`, name: "Reader" };
    return issueRecipient(ctx, content, { ...reader, mail: [1, 1, subscriber], keyId, date: 0 });
  });
  return { content, recipients };
}

/** A few parcels of the issue; all batches in memory would be a measurement of memory. */
async function makeParcels(provider: Provider): Promise<Parcel[]> {
  const { content, recipients } = await readContent();
  const fill = provider.issue(content.mail);
  return Array.from({ length: parallel }, (_, batch) =>
    fill(recipients.slice(batch * perBatch, (batch + 1) * perBatch)),
  );
}

async function makeMails(): Promise<BareMail[]> {
  const { content, recipients } = await readContent();
  const frame = frameMime(content.mail);
  const from = content.mail.from.address;
  return recipients.map((recipient) => ({ from, to: recipient.address, chunks: frame(recipient).chunks }));
}

function byFetch(): Provider {
  const { RESEND_API_KEY: apiKey = "", RESEND_BASE_URL: baseUrl = "" } = settings;
  return createResend({ apiKey, baseUrl, userAgent: "tidings-bench", timeout: 60_000 });
}

let said = 0;
let work: () => Promise<void>;
if (side === "own") {
  await seedReaders(room, readers);
  await saveDraft(ctx, { source: longIssue("issue") });
  work = dispatch;
} else if (side === "smtp") {
  const mails = await makeMails();
  work = () => postBySmtp(mails);
} else {
  const parcels = await makeParcels(side === "fetch" ? byFetch() : ctx.provider);
  work = () => post(parcels);
}
const begun = performance.now();
const used = process.cpuUsage();
await work();
const { user, system } = process.cpuUsage(used);
const run: Run = {
  seconds: (performance.now() - begun) / 1_000,
  cpu: (user + system) / 1_000_000,
  peak: process.resourceUsage().maxRSS * 1_024,
  said,
};
console.log(JSON.stringify(run));
await room.close();
