import type { AppContext } from "../context.ts";
import { type Ends, settleNoticesApart } from "../delivery/apart.ts";
import { type Claim, claimNotices } from "../delivery/claim.ts";
import { areNoticesDue } from "../delivery/due.ts";
import { noticesOf } from "../delivery/find.ts";
import { type SkippedNotice, skipNotices } from "../delivery/freeze.ts";
import { giveBack } from "../delivery/outlet.ts";
import { goneFromNotices } from "../delivery/recheck.ts";
import { postpone, settleEmpty, settleFailed, settleInDoubt } from "../delivery/settle.ts";
import { splitNotices } from "../delivery/split.ts";
import { AppError } from "../errors.ts";
import { readInstance } from "../instance/find.ts";
import type { IssueContent } from "../issue/compile.ts";
import { packText } from "../issue/content.ts";
import { fillMessage } from "../mail/fill.ts";
import { issueHeaders, noticeHeaders } from "../mail/headers.ts";
import type { Header, Message } from "../mail/message.ts";
import { bundleNotices, renderNotice } from "../mail/notice.ts";
import type { Parcel } from "../provider/contract.ts";
import { backoff } from "./backoff.ts";
import { traceOf, wordsOf } from "./fault.ts";
import { issueRecipient } from "./issues.ts";
import { type Letter, mayMail, writeLetters } from "./letters.ts";
import { pay, takeUp } from "./pay.ts";

/** Pays one batch of notices: confirmations, welcomes, tests. They go before issues. False when none is due. */
export async function payNotices(ctx: AppContext): Promise<boolean> {
  if (!(await areNoticesDue(ctx)) || !(await mayMail(ctx))) return false;
  const claim = await claimNotices(ctx, Math.min(ctx.provider.limits.members, 100));
  if (claim === null) return false;
  if (claim.pass) ctx.bell.ring();
  if (!(await payClaim(ctx, claim))) await giveBack(ctx, claim.pass ?? null);
  return true;
}

/** False when no call was made. */
async function payClaim(ctx: AppContext, claim: Claim): Promise<boolean> {
  const apart = (ends: Ends) => settleNoticesApart(ctx, claim, ends);
  if (claim.letters !== null) {
    const letters = JSON.parse(claim.members ?? "[]") as Letter[];
    await takeUp(ctx, { claim, members: letters.map(({ id }) => id), apart });
    return false;
  }
  const bundle = claim.payloadHash === null ? await freshBundle(ctx, claim) : await frozenBundle(ctx, claim);
  if (bundle === null) return false;
  let batch: Composed;
  try {
    batch = await compose(ctx, claim, bundle.body);
  } catch (fault) {
    await setApart(ctx, claim, fault);
    return false;
  }
  await skipNotices(ctx, claim, batch.skipped);
  if (batch.letters.length === 0) {
    await settleEmpty(ctx, claim);
    return false;
  }
  const { uid } = await readInstance(ctx);
  const ids = batch.letters.map((letter) => letter.id);
  return pay(ctx, {
    claim,
    inHurry: true,
    members: ids,
    parcel: batch.parcel,
    frozen: { members: JSON.stringify(batch.letters), content: bundle.hash },
    idempotencyKey: `${uid}/n/${claim.id}-${claim.attempt}`,
    gone: () => goneFromNotices(ctx, claim),
    split: () => splitNotices(ctx, claim, ids),
    apart,
    // A notice says by itself why it waits; there is nothing above it that could be told or stopped.
    note: async () => {},
    halt: async () => {},
    refused: async () => {},
  });
}

/** The templates of all notices as one text, and its hash. */
interface Bundle {
  readonly body: string;
  readonly hash: string;
}

/** The templates as they are now, kept by their hash; null where one is broken, and then the batch waits until it is mended. */
async function freshBundle(ctx: AppContext, claim: Claim): Promise<Bundle | null> {
  let body: string;
  try {
    body = bundleNotices(ctx.templates);
  } catch (fault) {
    ctx.log.error("notices wait for a broken template", { batch: claim.id, fault: wordsOf(fault) });
    const dueAt = ctx.clock() + backoff(ctx, claim.tries);
    await postpone(ctx, claim, { dueAt, reason: wordsOf(fault), burns: true, thaw: true });
    return null;
  }
  const { hash, keep } = packText("notices", body, ctx.clock());
  await ctx.store.commit(keep);
  return { body, hash };
}

/** The templates that the first attempt froze, whatever has changed since (REL-06). */
async function frozenBundle(ctx: AppContext, claim: Claim): Promise<Bundle | null> {
  const hash = claim.content ?? "";
  const row = await ctx.store.db.selectFrom("contents").select("body").where("hash", "=", hash).executeTakeFirst();
  if (row !== undefined && claim.members !== null) return { body: row.body, hash };
  await setApart(ctx, claim, new Error("what they were made of is gone"));
  return null;
}

interface Composed {
  readonly letters: readonly Letter[];
  readonly skipped: readonly SkippedNotice[];
  readonly parcel: Parcel;
}

async function compose(ctx: AppContext, claim: Claim, bundle: string): Promise<Composed> {
  const { letters, skipped } =
    claim.payloadHash === null
      ? await writeLetters(ctx, await noticesOf(ctx, claim.id))
      : { letters: JSON.parse(claim.members ?? "") as Letter[], skipped: [] };
  const { uid } = await readInstance(ctx);
  const messages: Message[] = [];
  for (const letter of letters) {
    const tags = noticeTags(uid, letter);
    messages.push({ ...(await message(ctx, claim, bundle, letter)), tags });
  }
  return { letters, skipped, parcel: ctx.provider.notices(messages) };
}

/** One notice that cannot be composed must not hold up the others: its batch is halved until it stands alone, and fails. */
async function setApart(ctx: AppContext, claim: Claim, fault: unknown): Promise<void> {
  // The store's own faults pass; they say nothing about a notice.
  if (fault instanceof AppError) throw fault;
  ctx.log.error("notice cannot be composed", { batch: claim.id, fault: traceOf(fault) });
  if (claim.payloadHash !== null) {
    await settleInDoubt(ctx, claim, `the mails could not be made again as they were: ${wordsOf(fault)}`);
    return;
  }
  const ids = (await noticesOf(ctx, claim.id)).map((notice) => notice.id);
  if (ids.length > 1) return splitNotices(ctx, claim, ids);
  await settleFailed(ctx, claim, `the mail cannot be composed: ${wordsOf(fault)}`);
}

/** What a provider's report about a notice brings back. */
function noticeTags(uid: string, letter: Letter): Message["tags"] {
  return [
    ["instance", uid],
    ["notice", String(letter.id)],
    ["kind", letter.kind],
  ];
}

type Untagged = Omit<Message, "tags">;

async function message(ctx: AppContext, claim: Claim, bundle: string, letter: Letter): Promise<Untagged> {
  if (letter.kind === "test") return testMessage(ctx, claim, letter);
  const { signer } = ctx;
  const { publicUrl, subscriber, list } = letter;
  const preferencesUrl = `${publicUrl}/p/${signer.sign("preferences", [subscriber, claim.frozenAt ?? 0], claim.keyId)}`;
  const leaveUrl =
    list === null
      ? preferencesUrl
      : `${publicUrl}/u/${signer.sign("leave", [list.newsletter, subscriber], claim.keyId)}`;
  const confirmUrl = `${publicUrl}/confirm/${signer.sign("confirm", [letter.id], claim.keyId)}`;
  // Whoever has not confirmed has no page of their own yet; others have no use for a link that says they did not ask.
  const urls = {
    ...{ confirmUrl, preferencesUrl, leaveUrl, notMeUrl: `${confirmUrl}/not-me` },
    manageUrl: `${publicUrl}/manage/${signer.sign("manage", [letter.id, subscriber], claim.keyId)}`,
    addressUrl: `${publicUrl}/address/${signer.sign("address", [letter.id, subscriber], claim.keyId)}`,
  };
  const written = renderNotice(bundle, letter.kind, { ...letter.data, ...urls });
  const headers: Header[] = noticeHeaders();
  if (list !== null) headers.push(...issueHeaders({ listName: list.name, listId: list.listId, leaveUrl }));
  return {
    from: letter.from,
    to: letter.to,
    replyTo: letter.replyTo,
    ...written,
    headers,
    ...stamp(ctx, claim, letter.id, letter.from.address),
  };
}

async function testMessage(
  ctx: AppContext,
  claim: Claim,
  letter: Extract<Letter, { kind: "test" }>,
): Promise<Untagged> {
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
    mail: [0, letter.id],
    keyId: claim.keyId,
    date: claim.frozenAt ?? 0,
  });
  return fillMessage(content.mail, reader);
}

function stamp(ctx: AppContext, claim: Claim, notice: number, from: string): { messageId: string; date: number } {
  const local = ctx.signer.messageId([0, notice], claim.keyId);
  return { messageId: `${local}@${from.slice(from.lastIndexOf("@") + 1)}`, date: claim.frozenAt ?? 0 };
}
