// One side of a measurement of dispatch, in a process of its own so that its memory is its own:
// node bench/dispatch-side.ts own|bare|fetch '{"url":…,"readers":…,"parallel":…}'; prints one line of JSON.
import { sql } from "kysely";
import { issueRecipient } from "../src/dispatch/issues.ts";
import { countAudienceAsOf } from "../src/issue/audience.ts";
import { checkIssue } from "../src/issue/compile.ts";
import { saveDraft } from "../src/issue/save.ts";
import { sendIssue } from "../src/issue/send.ts";
import { turn } from "../src/jobs.ts";
import type { Parcel, Provider } from "../src/provider/contract.ts";
import { createResend } from "../src/provider/resend/send.ts";
import type { Order, Run } from "./dispatch-run.ts";
import { longIssue, openNewsroom, seedReaders, slug } from "./newsroom.ts";

const perBatch = 100;
const [side = "", order = ""] = process.argv.slice(2);
const { url, readers, parallel } = JSON.parse(order) as Order;
const room = await openNewsroom({ TIDINGS_PROVIDER: "resend", RESEND_API_KEY: "re_bench", RESEND_BASE_URL: url });
const { ctx, newsletter } = room;

async function together(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: parallel }, work));
}

/** All of it: frozen content, plan, claims, composing, hashes, calls, receipts, and the issue found to be sent. */
async function dispatch(): Promise<void> {
  const asOf = ctx.clock();
  const expect = await countAudienceAsOf(ctx, newsletter, asOf);
  said = Date.now();
  await sendIssue(ctx, { newsletter: slug, slug: "issue", expect, asOf });
  await together(async () => {
    while (await turn(ctx));
  });
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

/** A few parcels of the issue as dispatch makes them; all batches in memory would be a measurement of memory. */
async function makeParcels(provider: Provider): Promise<Parcel[]> {
  const { content } = await checkIssue(ctx, { source: longIssue("issue") });
  if (content === null) throw new Error("the issue has faults");
  const fill = provider.issue(content.mail);
  const keyId = ctx.signer.currentKey;
  return Array.from({ length: parallel }, (_, batch) =>
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

function byFetch(): Provider {
  return createResend({ apiKey: "re_bench", baseUrl: url, userAgent: "tidings-bench", timeout: 60_000 });
}

let said = 0;
let work: () => Promise<void>;
if (side === "own") {
  await seedReaders(room, readers);
  await saveDraft(ctx, { source: longIssue("issue") });
  work = dispatch;
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
room.close();
