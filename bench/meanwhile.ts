// Sign-ups by form while an issue is being sent by the same process: node bench/meanwhile.ts [--readers 200000] [--seconds 4]
// [--connections 4]
import { setTimeout as pause } from "node:timers/promises";
import { sql } from "kysely";
import { countAudienceAsOf } from "../src/issue/audience.ts";
import { saveDraft } from "../src/issue/save.ts";
import { sendIssue } from "../src/issue/send.ts";
import { serve } from "../src/node/serve.ts";
import { startChild } from "./children.ts";
import type { Seen } from "./drive.ts";
import {
  addNewsletter,
  allowMail,
  longIssue,
  makeFolder,
  raiseLimits,
  seedReaders,
  settingsIn,
  slug,
} from "./newsroom.ts";
import { figure, printHead, printTable, readFlags } from "./report.ts";

const { readers, seconds, connections } = readFlags({ readers: 200_000, seconds: 4, connections: 4 });
const sink = await startChild("sink.ts", []);
const { folder, remove } = makeFolder();
const { url, opened, stop } = await serve(
  settingsIn(folder, {
    TIDINGS_PORT: "0",
    TIDINGS_PROVIDER: "resend",
    RESEND_API_KEY: "re_bench",
    RESEND_BASE_URL: sink.line,
  }),
);
const { ctx } = opened;
const newsletter = await addNewsletter(ctx);
await allowMail(ctx);
await raiseLimits(ctx);
await seedReaders({ ctx, newsletter, close: stop }, readers);

async function signUps(name: string): Promise<Seen> {
  const client = await startChild("form-client.ts", [url, String(connections), String(seconds), name, "pasted"]);
  await client.stop();
  return JSON.parse(client.line) as Seen;
}

async function accepted(): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(size), 0) n from batches where lane = 1 and state = 'accepted'`.execute(ctx.store.db);
  return rows[0]?.n ?? 0;
}

/** The mails accepted, once there are more of them than so many, or none is left to come. */
async function acceptedBeyond(known: number): Promise<number> {
  for (;;) {
    const mails = await accepted();
    if (mails > known || !(await isSending())) return mails;
    await pause(1);
  }
}

async function isSending(): Promise<boolean> {
  const { rows } = await sql<{ status: string }>`select status from issues`.execute(ctx.store.db);
  return rows[0]?.status === "sending";
}

printHead("meanwhile");
const idle = await signUps("idle");
await saveDraft(ctx, { source: longIssue("issue") });
const asOf = ctx.clock();
const expect = await countAudienceAsOf(ctx, newsletter, asOf);
await sendIssue(ctx, { newsletter: slug, slug: "issue", expect, asOf });
// From the first receipt to a later one: planning and compiling are not what is measured.
const before = await acceptedBeyond(0);
const begun = performance.now();
const sending = await signUps("busy");
const stillSending = await isSending();
const mails = ((await acceptedBeyond(before)) - before) / ((performance.now() - begun) / 1_000);
printTable([
  [`${connections} connections`, "sign-ups/s", "p50 ms", "p99 ms", "mails/s meanwhile"],
  ["nothing else to do", figure(idle.perSecond), idle.p50.toFixed(1), idle.p99.toFixed(1), "0"],
  ["while an issue is sent", figure(sending.perSecond), sending.p50.toFixed(1), sending.p99.toFixed(1), figure(mails)],
]);
console.log(`  p99 while sending: ${(sending.p99 / idle.p99).toFixed(2)} × that of idle`);
if (!stillSending) {
  console.error(`  This run proves nothing. The issue was through before the sign-ups were; take more --readers.`);
  process.exitCode = 1;
}
await stop();
await sink.stop();
remove();
