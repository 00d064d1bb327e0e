import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { type Addressee, countReport, isOwed, noteFeedback } from "../delivery/feedback.ts";
import { isRetired } from "../delivery/find.ts";
import {
  failDelivery,
  failNotice,
  type Proof,
  proveDelivery,
  proveNotice,
  type Standing,
  standingOf,
} from "../delivery/reconcile.ts";
import { markApplied, putOffReport, type StoredReport, unapplied, waitingReports } from "../delivery/reports.ts";
import { AppError } from "../errors.ts";
import { readInstance } from "../instance/find.ts";
import { brakeIssue, isBraked } from "../issue/brake.ts";
import { endDoubt } from "../issue/doubt.ts";
import { parseAddress } from "../mail/address.ts";
import { wholeMark } from "../provider/resend/hash.ts";
import { type Report, readReport } from "../provider/resend/webhook.ts";
import { bouncesTooOften, forgetSoftBounces, noteSoftBounce, softLimit } from "../subscriber/bounces.ts";
import { quarantine, reportOrigin } from "../suppression/quarantine.ts";
import { addressHashes, isErased, suppress, suppressErased } from "../suppression/suppress.ts";
import { traceOf } from "./fault.ts";

const second = 1_000;

/** So many reports are applied at a time; what waits beyond them does not hold up the mails that are owed. */
const most = 100;

/** Stores whose reports are being applied by this process: a second worker would only do the same work again. */
const busy = new WeakSet<AppContext["store"]>();

/**
 * Applies reports that wait, oldest first; false when none did. Each is one commit whose every statement holds only while the
 * report is not applied yet, so that a repeat, a second process or a crash counts it once (SUP-06).
 */
export async function applyFeedback(ctx: AppContext): Promise<boolean> {
  if (busy.has(ctx.store)) return false;
  busy.add(ctx.store);
  try {
    const waiting = await waitingReports(ctx, most);
    if (waiting.length === 0) return false;
    const { uid } = await readInstance(ctx);
    // Side by side, so that their commits share transactions; they keep the order in which they came.
    const done = await Promise.allSettled(waiting.map((stored) => apply(ctx, uid, stored)));
    const failed = done.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const issues = new Set(done.map((one) => (one.status === "fulfilled" ? one.value : null)));
    for (const issue of issues) if (issue !== null) await brakeIssue(ctx, issue);
    return true;
  } finally {
    busy.delete(ctx.store);
  }
}

/** Tells which issue may have to be braked now, if any. */
async function apply(ctx: AppContext, uid: string, stored: StoredReport): Promise<number | null> {
  try {
    const reading = readReport(stored.body);
    if (reading.result === "unreadable") return await setAside(ctx, stored, reading.fault);
    if (reading.result === "ignored") return await end(ctx, stored, "ignored");
    const { report } = reading;
    if (report.tags.get("instance") !== uid) return await end(ctx, stored, "foreign");
    return await applyReport(ctx, stored, report);
  } catch (fault) {
    // The store's own faults pass; they say nothing about the report.
    if (fault instanceof AppError) throw fault;
    return setAside(ctx, stored, traceOf(fault));
  }
}

/** A report that cannot be applied must not stand in the way of the others. Its repeat is tried afresh. */
async function setAside(ctx: AppContext, stored: StoredReport, fault: string): Promise<null> {
  ctx.log.error("report unreadable", { provider: stored.provider, report: stored.event, fault });
  return end(ctx, stored, "unreadable");
}

async function end(ctx: AppContext, stored: StoredReport, outcome: string): Promise<null> {
  await ctx.store.commit(markApplied(stored, outcome, ctx.clock()));
  return null;
}

/** A report about a mail of ours: what it is about, and what every statement that it leads to is made of. */
interface Matter {
  readonly report: Report;
  /** The reader's mail of an issue, by the tags it was sent with; null for a notice. */
  readonly of: Addressee | null;
  readonly notice: number | null;
  readonly proof: Proof;
  readonly when: RawBuilder<boolean>;
  readonly origin: string;
}

/** Reports that can wait for the answer of their own call; what keeps a reader from further mails cannot. */
const mayWait: ReadonlySet<Report["kind"]> = new Set(["sent", "delivered", "delayed", "failed", "opened", "clicked"]);

async function applyReport(ctx: AppContext, stored: StoredReport, report: Report): Promise<number | null> {
  const matter = matterOf(ctx, stored, report);
  const { of, proof } = matter;
  const now = await standing(ctx, matter);
  if (now.standing === "held" && mayWait.has(report.kind)) {
    // Should that call get no answer, this report is what stands in for it.
    await putOffReport(ctx, stored, now.until + second);
    return null;
  }
  const done = await ctx.store.commit(
    ...(now.standing === "open" ? prove(matter) : []),
    ...(report.kind === "failed" ? fail(matter) : []),
    ...readersOwn(matter),
    ...suppressions(ctx, matter),
    markApplied(stored, outcomeOf(matter), proof.now),
  );
  if (done.at(-1)?.rows.length !== 1) return null;
  tell(ctx, matter);
  return of !== null && mayBrake.has(report.kind) ? of.issue : null;
}

function matterOf(ctx: AppContext, stored: StoredReport, report: Report): Matter {
  const issue = idOf(report, "issue");
  const subscriber = idOf(report, "subscriber");
  const of = issue === null || subscriber === null ? null : { issue, subscriber };
  const notice = of === null ? idOf(report, "notice") : null;
  const when = unapplied(stored);
  const proof = { madeAt: report.madeAt ?? stored.receivedAt, now: ctx.clock(), wholeMark, when };
  return { report, of, notice, proof, when, origin: reportOrigin(stored.provider, of?.issue ?? null) };
}

function idOf(report: Report, name: string): number | null {
  const text = report.tags.get(name) ?? "";
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

async function standing(ctx: AppContext, { of, notice }: Matter): Promise<Standing> {
  if (of !== null) return standingOf(ctx, of);
  return notice === null ? { standing: "settled" } : standingOf(ctx, { notice });
}

function outcomeOf({ report, of }: Matter): RawBuilder<string> {
  if (of === null) return sql<string>`${report.kind}`;
  return sql<string>`iif(${isOwed(of)}, ${report.kind}, 'no such mail')`;
}

const mayBrake: ReadonlySet<Report["kind"]> = new Set(["bounced", "bounced-content", "complained", "failed"]);

function tell(ctx: AppContext, { report, of, notice }: Matter): void {
  const mail = of === null ? { notice } : { ...of };
  if (report.kind === "failed") ctx.log.error("mail failed after it was accepted", { ...mail, reason: report.reason });
  if (report.kind === "bounced-content")
    ctx.log.error("mail refused for its content", { ...mail, reason: report.reason });
  if (report.kind === "complained") ctx.log.info("complaint", mail);
}

/** The call was accepted, which nobody knew. */
function prove({ of, notice, proof }: Matter): RawBuilder<unknown>[] {
  if (of !== null) return [...proveDelivery(of, proof), endDoubt(of.issue, proof.when)];
  return notice === null ? [] : proveNotice(notice, proof);
}

/** The mail was not sent after all. */
function fail({ report, of, notice, proof }: Matter): RawBuilder<unknown>[] {
  const reason = report.reason || "the provider did not send it, and does not say why";
  if (of !== null) return [...failDelivery(of, reason, proof), endDoubt(of.issue, proof.when)];
  return notice === null ? [] : failNotice(notice, reason, proof);
}

/** What is counted for the issue, and noted on its delivery and its reader. */
function readersOwn({ report, of, proof, when }: Matter): RawBuilder<unknown>[] {
  if (of === null) return [];
  const soft = { ...of, at: proof.now };
  switch (report.kind) {
    case "delivered":
      return [countReport(of, "delivered", when), forgetSoftBounces(of, when)];
    case "delayed":
      return [countReport(of, "delayed", when)];
    case "bounced-soft":
      // Of an issue that ended so long ago it says nothing about the mailbox as it is now.
      return [
        countReport(of, "bounced-soft", when),
        noteSoftBounce(soft, sql<boolean>`${when} and not ${isRetired(of.issue)}`),
      ];
    case "bounced-content":
      return [
        countReport(of, "bounced", when),
        countReport(of, "bounced-content", when),
        noteFeedback(of, "bounced", when),
      ];
    case "bounced":
    case "complained":
    case "suppressed":
    case "failed":
      return [countReport(of, report.kind, when), noteFeedback(of, report.kind, when)];
    case "sent":
    case "opened":
    case "clicked":
      return [];
    default:
      return report.kind satisfies never;
  }
}

/** Who must not be mailed any more (RULES §5). Addresses of erased readers are known by their hash, and stay so (SUP-02). */
function suppressions(ctx: AppContext, { report, of, origin, proof, when }: Matter): RawBuilder<unknown>[] {
  const address = parseAddress(report.to ?? "", { allowReserved: true });
  if (!address.ok) return [];
  const { emailKey } = address;
  const at = proof.now;
  const hashes = addressHashes(ctx.signer, emailKey);
  const known = sql<boolean>`${when} and not ${isErased(emailKey, hashes)}`;
  const everywhere = { emailKey, newsletter: 0, origin, at };
  if (report.kind === "bounced-soft" && of !== null) {
    const often = sql<boolean>`${known} and ${bouncesTooOften(emailKey, at)}`;
    const rest = suppress({ ...everywhere, reason: "soft-bounce", until: at + softLimit.rest }, often);
    return [rest, forgetSoftBounces(of, often)];
  }
  const reason = reasonToSuppress(report);
  if (reason === null) return [];
  const braked = of === null ? sql<boolean>`false` : isBraked(of.issue);
  const until = reason === "complaint" ? null : sql<number | null>`iif(${braked}, ${at + quarantine}, null)`;
  return [
    suppressErased(hashes, { reason, at }, sql<boolean>`${when} and ${isErased(emailKey, hashes)}`),
    suppress({ ...everywhere, reason, until }, known),
  ];
}

function reasonToSuppress({ kind, cause }: Report): "complaint" | "hard-bounce" | null {
  if (kind === "complained") return "complaint";
  if (kind === "bounced") return "hard-bounce";
  return kind === "suppressed" ? cause : null;
}
