import type { AppContext } from "../context.ts";
import { type Claim, claimNotices } from "../delivery/claim.ts";
import { noticesOf } from "../delivery/find.ts";
import { type SkippedNotice, skipNotices } from "../delivery/freeze.ts";
import { settleEmpty } from "../delivery/settle.ts";
import { splitNotices } from "../delivery/split.ts";
import { readInstance } from "../instance/find.ts";
import type { IssueContent } from "../issue/compile.ts";
import { packText } from "../issue/content.ts";
import { fillMessage } from "../mail/fill.ts";
import { issueHeaders, noticeHeaders } from "../mail/headers.ts";
import type { Header, Message } from "../mail/message.ts";
import { bundleNotices, renderNotice } from "../mail/notice.ts";

import { issueRecipient } from "./issues.ts";
import { type Letter, mayMail, writeLetters } from "./letters.ts";
import { pay } from "./pay.ts";

/** Pays one batch of notices: confirmations, welcomes, tests. They go before issues. False when none is due. */
export async function payNotices(ctx: AppContext): Promise<boolean> {
  if (!(await mayMail(ctx))) return false;
  const claim = await claimNotices(ctx, Math.min(ctx.provider.limits.members, 100));
  if (claim === null) return false;
  const batch = claim.payloadHash === null ? await compose(ctx, claim) : await recompose(ctx, claim);
  await skipNotices(ctx, claim, batch.skipped);
  if (batch.letters.length === 0) {
    await settleEmpty(ctx, claim);
    return true;
  }
  const messages: Message[] = [];
  for (const letter of batch.letters) messages.push(await message(ctx, claim, batch.bundle, letter));
  const { uid } = await readInstance(ctx);
  const ids = batch.letters.map((letter) => letter.id);
  await pay(ctx, {
    claim,
    members: ids,
    parcel: ctx.provider.notices(messages),
    frozen: { members: JSON.stringify(batch.letters), content: batch.hash },
    idempotencyKey: `${uid}/n/${claim.id}-${claim.attempt}`,
    split: () => splitNotices(ctx, claim, ids),
    stopped: async () => {},
  });
  return true;
}

interface Composed {
  readonly letters: readonly Letter[];
  readonly skipped: readonly SkippedNotice[];
  /** The templates as they were when the batch was frozen, and their hash. */
  readonly bundle: string;
  readonly hash: string;
}

async function compose(ctx: AppContext, claim: Claim): Promise<Composed> {
  const { letters, skipped } = await writeLetters(ctx, await noticesOf(ctx, claim.id));
  const bundle = bundleNotices(ctx.templates);
  const { hash, keep } = packText("notices", bundle, ctx.clock());
  await ctx.store.commit(keep);
  return { letters, skipped, bundle, hash };
}

/** A further attempt is made of what the first one froze, whatever has changed since (REL-06). */
async function recompose(ctx: AppContext, claim: Claim): Promise<Composed> {
  const row = await ctx.store.db
    .selectFrom("contents")
    .select("body")
    .where("hash", "=", claim.content ?? "")
    .executeTakeFirst();
  if (row === undefined || claim.members === null) throw new Error(`batch ${claim.id} has lost what it was made of`);
  return { letters: JSON.parse(claim.members) as Letter[], skipped: [], bundle: row.body, hash: claim.content ?? "" };
}

async function message(ctx: AppContext, claim: Claim, bundle: string, letter: Letter): Promise<Message> {
  if (letter.kind === "test") return testMessage(ctx, claim, letter);
  const { signer } = ctx;
  const { publicUrl, subscriber, list } = letter;
  const preferencesUrl = `${publicUrl}/p/${signer.sign("preferences", [subscriber], claim.keyId)}`;
  const leaveUrl =
    list === null
      ? preferencesUrl
      : `${publicUrl}/u/${signer.sign("leave", [list.newsletter, subscriber], claim.keyId)}`;
  const confirmUrl = `${publicUrl}/confirm/${signer.sign("confirm", [letter.id], claim.keyId)}`;
  const written = renderNotice(bundle, letter.kind, { ...letter.data, confirmUrl, preferencesUrl, leaveUrl });
  const headers: Header[] = noticeHeaders();
  if (list !== null) headers.push(...issueHeaders({ listName: list.name, listId: list.listId, leaveUrl }));
  return {
    from: letter.from,
    to: letter.to,
    replyTo: letter.replyTo,
    ...written,
    headers,
    ...stamp(ctx, claim, letter.id, letter.from.address),
    tags: [["kind", letter.kind]],
  };
}

async function testMessage(ctx: AppContext, claim: Claim, letter: Extract<Letter, { kind: "test" }>): Promise<Message> {
  const row = await ctx.store.db
    .selectFrom("contents")
    .select("body")
    .where("hash", "=", letter.content)
    .executeTakeFirstOrThrow();
  const content = JSON.parse(row.body) as IssueContent;
  const reader = issueRecipient(ctx, content, {
    newsletter: letter.newsletter,
    subscriber: 0,
    email: letter.to,
    name: "",
    messageId: ctx.signer.messageId([0, letter.id], claim.keyId),
    keyId: claim.keyId,
    date: claim.frozenAt ?? 0,
  });
  return fillMessage(content.mail, reader);
}

function stamp(ctx: AppContext, claim: Claim, notice: number, from: string): { messageId: string; date: number } {
  const local = ctx.signer.messageId([0, notice], claim.keyId);
  return { messageId: `${local}@${from.slice(from.lastIndexOf("@") + 1)}`, date: claim.frozenAt ?? 0 };
}
