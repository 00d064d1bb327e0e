import type { AppContext } from "../context.ts";
import { type Ends, settleIssueApart } from "../delivery/apart.ts";
import { claimIssueBatch, type IssueClaim } from "../delivery/claim.ts";
import { limitOf } from "../delivery/defer.ts";
import { areBatchesDue } from "../delivery/due.ts";
import { limitWords, type Member } from "../delivery/limits.ts";
import { giveBack } from "../delivery/outlet.ts";
import { goneFromIssue } from "../delivery/recheck.ts";
import { postpone, settleEmpty } from "../delivery/settle.ts";
import { splitIssueBatch } from "../delivery/split.ts";
import { readInstance } from "../instance/find.ts";
import { brakeIssue } from "../issue/brake.ts";
import type { IssueContent } from "../issue/compile.ts";
import { noteWait, pauseIssue } from "../issue/progress.ts";
import type { Recipient } from "../mail/message.ts";
import type { Parcel } from "../provider/contract.ts";
import { admitBatch } from "./admit.ts";
import { traceOf, wordsOf } from "./fault.ts";
import { pay, takeUp } from "./pay.ts";

type Fill = (recipients: readonly Recipient[]) => Parcel;

interface Compiled {
  readonly content: IssueContent;
  readonly fill: Fill;
}

// Compiling an issue for a provider costs far more than filling a batch: the last few are kept, by content hash.
const compiled = new WeakMap<AppContext["provider"], Map<string, Compiled>>();

/** Databases in which the last claim has found nothing: a look comes first there, where the claim itself is a durable commit. */
const resting = new WeakSet<AppContext["store"]>();

/** Pays the batch of an issue that is due longest; false when none is due, or no call may leave now. */
export async function payIssueBatch(ctx: AppContext): Promise<boolean> {
  if (resting.has(ctx.store) && !(await areBatchesDue(ctx))) return false;
  const claim = await claimIssueBatch(ctx);
  if (claim === null) {
    resting.add(ctx.store);
    return false;
  }
  resting.delete(ctx.store);
  // Calls are counted: who else pays may look when the next one may leave while this one is under way.
  if (claim.pass) ctx.bell.ring();
  const admitted = await admitBatch(ctx, claim);
  const isCalled = admitted !== null && (await payClaim(ctx, admitted));
  if (!isCalled) await giveBack(ctx, claim.pass ?? null);
  return true;
}

/** False when no call was made. */
async function payClaim(ctx: AppContext, claim: IssueClaim): Promise<boolean> {
  const members = JSON.parse(claim.members) as Member[];
  if (members.length === 0) {
    await settleEmpty(ctx, claim);
    return false;
  }
  const ids = members.map(([id]) => id);
  const apart = (ends: Ends) => settleIssueApart(ctx, claim, ends);
  if (claim.letters !== null) {
    await takeUp(ctx, { claim, members: ids, apart });
    return false;
  }
  const source = compiled.get(ctx.provider)?.get(claim.content) ?? (await bodyOf(ctx, claim.content));
  const { uid } = await readInstance(ctx);
  let parcel: Parcel;
  try {
    parcel = compose(ctx, claim, source, members);
  } catch (fault) {
    await stopComposing(ctx, claim, fault);
    return false;
  }
  return pay(ctx, {
    claim,
    inHurry: false,
    members: ids,
    parcel,
    frozen: {},
    idempotencyKey: `${uid}/${claim.issue}/${claim.id}-${claim.attempt}`,
    gone: () => goneFromIssue(ctx, claim),
    split: () => splitIssueBatch(ctx, claim, ids),
    apart,
    note: (reason) => note(ctx, claim, reason),
    halt: (error) => pauseIssue(ctx, { id: claim.issue, reason: "provider", error }),
    refused: async (reason) => {
      await brakeIssue(ctx, claim.issue, reason);
    },
  });
}

/** Once mails leave again, only readers whom a limit keeps back are still worth a word. */
async function note(ctx: AppContext, claim: IssueClaim, reason: string | null): Promise<void> {
  const maybeLimited = Boolean(claim.room) || claim.waiting?.startsWith(limitWords) === true;
  const error = reason ?? (maybeLimited ? await limitOf(ctx, claim.issue) : null);
  if (error !== claim.waiting) await noteWait(ctx, { id: claim.issue, error });
}

async function bodyOf(ctx: AppContext, hash: string): Promise<string> {
  const row = await ctx.store.db
    .selectFrom("contents")
    .select("body")
    .where("hash", "=", hash)
    .executeTakeFirstOrThrow();
  return row.body;
}

/** Pure: what throws in here would throw again, and for every batch of the issue. */
function compose(ctx: AppContext, claim: IssueClaim, source: Compiled | string, members: readonly Member[]): Parcel {
  const { content, fill } = typeof source === "string" ? compileBody(ctx, claim.content, source) : source;
  return fill(members.map((member) => recipient(ctx, claim, content, member)));
}

function compileBody(ctx: AppContext, hash: string, body: string): Compiled {
  const kept = compiled.get(ctx.provider) ?? new Map<string, Compiled>();
  compiled.set(ctx.provider, kept);
  const content = JSON.parse(body) as IssueContent;
  const entry = { content, fill: ctx.provider.issue(content.mail) };
  if (kept.size >= 4) kept.clear();
  kept.set(hash, entry);
  return entry;
}

/** Mails that cannot be made are no reason to try for ever: the issue stops and says why, its batch as it was. */
async function stopComposing(ctx: AppContext, claim: IssueClaim, fault: unknown): Promise<void> {
  const error = `The mails of this issue cannot be composed: ${wordsOf(fault)}`;
  ctx.log.error("issue cannot be composed", { issue: claim.issue, batch: claim.id, fault: traceOf(fault) });
  await pauseIssue(ctx, { id: claim.issue, reason: "composing", error });
  const thaw = claim.payloadHash === null;
  await postpone(ctx, claim, { dueAt: ctx.clock(), reason: error, burns: false, thaw });
}

/** A reader's own values. A pure function of what is frozen, so that a retry gives the same bytes (FMT-10). */
function recipient(ctx: AppContext, claim: IssueClaim, content: IssueContent, [id, email, name]: Member): Recipient {
  return issueRecipient(ctx, content, {
    newsletter: claim.newsletter,
    subscriber: id,
    email,
    name,
    mail: [1, claim.issue, id],
    keyId: claim.keyId,
    date: claim.frozenAt ?? 0,
  });
}

/** The values of one reader, links signed with the batch's key. Subscriber 0 is the reader of a test mail. */
export function issueRecipient(
  ctx: AppContext,
  content: IssueContent,
  reader: {
    newsletter: number;
    subscriber: number;
    email: string;
    name: string;
    /** What its Message-ID is made of. */
    mail: readonly number[];
    keyId: number;
    date: number;
  },
): Recipient {
  const { signer } = ctx;
  const { newsletter, subscriber, keyId } = reader;
  return {
    address: reader.email,
    values: {
      name: reader.name,
      email: reader.email,
      subscriber: String(subscriber),
      leaveUrl: `${content.publicUrl}/u/${signer.sign("leave", [newsletter, subscriber], keyId)}`,
      preferencesUrl: `${content.publicUrl}/p/${signer.sign("preferences", [subscriber, reader.date], keyId)}`,
    },
    // Resend sets its own and never asks for this one, which is a third of all signing.
    get messageId() {
      return `${signer.messageId(reader.mail, keyId)}@${content.domain}`;
    },
    date: reader.date,
  };
}
