import type { AppContext } from "../context.ts";
import { claimIssueBatch, type IssueClaim } from "../delivery/claim.ts";
import { settleEmpty } from "../delivery/settle.ts";
import { splitIssueBatch } from "../delivery/split.ts";
import { readInstance } from "../instance/find.ts";
import type { IssueContent } from "../issue/compile.ts";
import { noteWait, pauseIssue } from "../issue/progress.ts";
import type { Recipient } from "../mail/message.ts";
import type { Parcel } from "../provider/contract.ts";
import { pay } from "./pay.ts";

type Fill = (recipients: readonly Recipient[]) => Parcel;

interface Compiled {
  readonly content: IssueContent;
  readonly fill: Fill;
}

// Compiling an issue for a provider costs far more than filling a batch: the last few are kept, by content hash.
const compiled = new WeakMap<AppContext["provider"], Map<string, Compiled>>();

/** Pays the batch of an issue that is due longest; false when none is due. */
export async function payIssueBatch(ctx: AppContext): Promise<boolean> {
  const claim = await claimIssueBatch(ctx);
  if (claim === null) return false;
  const members = JSON.parse(claim.members) as [number, string, string][];
  if (members.length === 0) {
    await settleEmpty(ctx, claim);
    return true;
  }
  const { content, fill } = await compiledContent(ctx, claim.content);
  const { uid } = await readInstance(ctx);
  const ids = members.map(([id]) => id);
  await pay(ctx, {
    claim,
    members: ids,
    parcel: fill(members.map((member) => recipient(ctx, claim, content, member))),
    frozen: {},
    idempotencyKey: `${uid}/${claim.issue}/${claim.id}-${claim.attempt}`,
    split: () => splitIssueBatch(ctx, claim, ids),
    stopped: (error, halt) =>
      halt
        ? pauseIssue(ctx, { id: claim.issue, reason: "provider", error })
        : noteWait(ctx, { id: claim.issue, error }),
  });
  return true;
}

async function compiledContent(ctx: AppContext, hash: string): Promise<Compiled> {
  const kept = compiled.get(ctx.provider) ?? new Map<string, Compiled>();
  compiled.set(ctx.provider, kept);
  const found = kept.get(hash);
  if (found !== undefined) return found;
  const row = await ctx.store.db
    .selectFrom("contents")
    .select("body")
    .where("hash", "=", hash)
    .executeTakeFirstOrThrow();
  const content = JSON.parse(row.body) as IssueContent;
  const entry = { content, fill: ctx.provider.issue(content.mail) };
  if (kept.size >= 4) kept.clear();
  kept.set(hash, entry);
  return entry;
}

/** A reader's own values. A pure function of what is frozen, so that a retry gives the same bytes (FMT-10). */
function recipient(
  ctx: AppContext,
  claim: IssueClaim,
  content: IssueContent,
  [id, email, name]: readonly [number, string, string],
): Recipient {
  return issueRecipient(ctx, content, {
    newsletter: claim.newsletter,
    subscriber: id,
    email,
    name,
    messageId: ctx.signer.messageId([1, claim.issue, id], claim.keyId),
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
    messageId: string;
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
      preferencesUrl: `${content.publicUrl}/p/${signer.sign("preferences", [subscriber], keyId)}`,
    },
    messageId: `${reader.messageId}@${content.domain}`,
    date: reader.date,
  };
}
