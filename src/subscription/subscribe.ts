import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { answeredJustNow, oweAnswer, waitingAnswer } from "../delivery/owe.ts";
import { parseInput } from "../input.ts";
import { readInstance } from "../instance/find.ts";
import { type AddressFault, explainAddress, type ParsedAddress, parseAddress } from "../mail/address.ts";
import { listNewsletters } from "../newsletter/find.ts";
import { keepSubscriber } from "../subscriber/keep.ts";
import { addressHashes, barred, suppressed } from "../suppression/suppress.ts";
import { mailSlot } from "./throttle.ts";

/** Most newsletters in one request (DOI-29). */
export const mostChosen = 50;

const place = z.string().trim().max(500).nullable().catch(null).default(null);

export const subscribeSchema = z.object({
  email: z.string().max(1_000).default(""),
  newsletters: z.array(z.string().max(100)).max(mostChosen, `choose at most ${mostChosen} newsletters`),
  name: z.string().max(1_000).catch("").default(""),
  /** The consent text exactly as shown beside the form (LAW-01). */
  wording: z.string().max(5_000),
  source: z.object({ form: place, page: place }).default({ form: null, page: null }),
});

export type SubscribeInput = z.input<typeof subscribeSchema>;

export type SubscribeResult =
  | { outcome: "sent" }
  | { outcome: "bad-address"; fault: AddressFault; message: string }
  | { outcome: "bad-newsletters"; slugs: string[] }
  | { outcome: "none-chosen" };

type Address = Extract<ParsedAddress, { ok: true }>;

/**
 * Takes a request to subscribe. `sent` is the answer for new, pending, active, unsubscribed and suppressed addresses alike,
 * with the same statements and written rows (I7); what is mailed, if anything, is decided inside the commit.
 */
export async function subscribe(ctx: AppContext, input: SubscribeInput): Promise<SubscribeResult> {
  const given = parseInput(subscribeSchema, input);
  const address = parseAddress(given.email, { allowReserved: ctx.config.provider === "outbox" });
  if (!address.ok) return { outcome: "bad-address", fault: address.fault, message: explainAddress(address.fault) };
  const slugs = [...new Set(given.newsletters)];
  if (slugs.length === 0) return { outcome: "none-chosen" };
  const open = new Map((await listNewsletters(ctx, { status: "open" })).map((one) => [one.slug, one.id]));
  const refused = slugs.filter((slug) => !open.has(slug));
  if (refused.length > 0) return { outcome: "bad-newsletters", slugs: refused };
  const newsletters = slugs.flatMap((slug) => open.get(slug) ?? []);
  await request(ctx, {
    address,
    newsletters,
    name: cleanName(given.name),
    wording: given.wording,
    source: given.source,
  });
  return { outcome: "sent" };
}

interface Request {
  readonly address: Address;
  readonly newsletters: readonly number[];
  readonly name: string;
  readonly wording: string;
  readonly source: { form: string | null; page: string | null };
  /** The subscriber who asks again by an old link: the commit fails if an erasure was faster. */
  readonly known?: number;
}

/** The gate's one commit, shared by every way of asking (DOI-24). */
export async function request(ctx: AppContext, asked: Request): Promise<void> {
  const now = ctx.clock();
  const { confirmHours } = await readInstance(ctx);
  const { emailKey } = asked.address;
  const chosen = JSON.stringify(asked.newsletters);
  const wording = bytesToHex(sha256(utf8ToBytes(asked.wording)));
  const source = { form: asked.source.form, page: withoutQuery(asked.source.page) };
  // The oldest key: a rotation must not reset every cool-down.
  const throttle = ctx.signer.keyedHash("throttle", asked.address.abuseKey, ctx.signer.firstKey);
  const hashes = addressHashes(ctx.signer, emailKey);
  const person = sql<number>`(select id from subscribers where email_key = ${emailKey})`;
  const slot = mailSlot(throttle, person, now);
  const kind = sql<string>`iif(${anyPending(person, chosen)}, 'confirmation', 'already')`;
  const said = { kind, items: items(person, chosen) };
  await ctx.store.commit(
    ...(asked.known === undefined ? [] : [stillThere(asked.known, emailKey)]),
    sql`insert into wordings (hash, text, first_shown_at) values (${wording}, ${asked.wording}, ${now})
      on conflict (hash) do nothing`,
    keepSubscriber({ email: asked.address.email, emailKey, name: asked.name, at: now }),
    sql`insert into subscriptions (newsletter, subscriber, status, generation, since, source)
      select j.value, ${person}, 'pending', 1, ${now}, ${JSON.stringify(source)} from json_each(${chosen}) j where true
      on conflict (newsletter, subscriber) do update set
        generation = generation + (status = 'unsubscribed'),
        since = iif(status = 'unsubscribed', excluded.since, since),
        source = iif(status = 'active', source, excluded.source),
        status = iif(status = 'unsubscribed', 'pending', status)`,
    oweAnswer({
      subscriber: person,
      ...said,
      skip: sql`case when ${said.items} = '[]' or ${barred(hashes)} then 'suppressed'
        when ${slot.refused} or ${answeredJustNow(person, said, now)} then 'cool-down' end`,
      dueAt: slot.dueAt,
      at: now,
      expiresAt: now + confirmHours * 3_600_000,
    }),
    // Append-only: what was shown and where belongs to the mail it led to, and what strangers ask later changes nothing (LAW-01).
    sql`insert into consents (newsletter, subscriber, generation, event, at, method, wording, notice, form, page)
      select s.newsletter, s.subscriber, s.generation, 'asked', ${now}, 'form', ${wording}, ${waitingAnswer(person)},
        ${source.form}, ${source.page}
      from subscriptions s join json_each(${chosen}) j on j.value = s.newsletter where s.subscriber = ${person}
      on conflict (subscriber, newsletter, generation, event, notice) do update set at = consents.at`,
    slot.take,
  );
  ctx.bell.ring();
}

/** Statement: breaks its commit, by JSON that is none, unless the person is still there (STACK §4.2). */
function stillThere(subscriber: number, emailKey: string): RawBuilder<unknown> {
  return sql`select json(iif(exists (select 1 from subscribers where id = ${subscriber} and email_key = ${emailKey}),
    'true', 'erased meanwhile'))`;
}

/** What was chosen and may be mailed about: one newsletter may be barred to a reader, and the others not. */
function mailable(person: RawBuilder<number>, chosen: string): RawBuilder<unknown> {
  return sql`subscriptions s join json_each(${chosen}) j on j.value = s.newsletter join subscribers p on p.id = s.subscriber
    where s.subscriber = ${person} and not ${suppressed(sql`p.email_key`, sql`s.newsletter`)}`;
}

function items(person: RawBuilder<number>, chosen: string): RawBuilder<string> {
  return sql<string>`(select json_group_array(json_array(s.newsletter, s.generation)) from ${mailable(person, chosen)})`;
}

function anyPending(person: RawBuilder<number>, chosen: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from ${mailable(person, chosen)} and s.status = 'pending')`;
}

/** Where a form stood: an address without query and fragment, which may hold what is none of our business. */
function withoutQuery(page: string | null): string | null {
  if (page === null || !URL.canParse(page)) return null;
  const url = new URL(page);
  return /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}`.slice(0, 500) : null;
}

/** A name as it may be printed in a mail: one line, at most 100 characters, nothing that looks like a link. */
function cleanName(name: string): string {
  const line = name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return /:\/\/|www\.|@|\p{L}[\p{L}\p{N}-]*\.\p{L}{2,}/iu.test(line) ? "" : [...line].slice(0, 100).join("");
}
