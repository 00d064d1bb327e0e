import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { endMistaken, enoughAddresses, type LinkKind, linkedJustNow, linkOwed, oweLink } from "../delivery/owe-link.ts";
import type { ParsedAddress } from "../mail/address.ts";
import { prepareStatements } from "../store/prepared.ts";
import { addressHashes, barred, suppressed } from "../suppression/suppress.ts";
import { crowdedFor, isProven, noteCrowded, noteSpent } from "./crowds.ts";
import { readDesk } from "./desk.ts";
import { type GuardValues, guardValues, judge } from "./guard.ts";
import { linkSlot } from "./link-slot.ts";
import { spend } from "./proofs.ts";
import { originOf, type RequestResult } from "./request.ts";
import { attackThreshold } from "./threshold.ts";
import { mailTimes } from "./throttle.ts";
import type { Visit } from "./visit.ts";

/** A mail with a link that somebody asks for. */
export interface LinkAsked {
  readonly kind: LinkKind;
  /** Where it goes. */
  readonly address: Extract<ParsedAddress, { ok: true }>;
  /** Who wants to move there; 0 for a link to the page of whoever has the address. */
  readonly subscriber: number;
  /** How long the link works, in ms. */
  readonly lasts: number;
  readonly visit: Visit;
}

/**
 * The one commit of every such mail, behind the same guard as a sign-up (DOI-24) and within the same limits of an address
 * (DOI-22): the same statements and as many rows, whoever has the address and whatever becomes of the mail (I7).
 */
export async function mailLink(ctx: AppContext, asked: LinkAsked): Promise<RequestResult> {
  const { visit, address } = asked;
  const now = ctx.clock();
  const { signer } = ctx;
  const { guard: settings } = await readDesk(ctx, []);
  const guard = guardValues({
    ...{ signer, visit, settings, now, newsletters: [], domain: address.domain },
    ownOrigin: originOf(ctx.config.publicUrl),
    attack: await attackThreshold(ctx),
  });
  const proven = isProven(ctx, visit, guard.challenge);
  const crowded = crowdedFor(ctx, visit.network, proven);
  if (crowded !== null) return { outcome: "crowded", seconds: crowded };
  noteSpent(ctx, guard.challenge);
  const [, owed] = await ctx.store.commit(
    ...statements[asked.kind](ctx.store.db, {
      ...guard,
      now,
      lasts: asked.lasts,
      email: address.email,
      emailKey: address.emailKey,
      subscriber: asked.subscriber,
      // The oldest key: a rotation must not reset every cool-down.
      throttle: signer.keyedHash("throttle", address.abuseKey, signer.firstKey),
      hashes: JSON.stringify(addressHashes(signer, address.emailKey)),
    }),
    ...(visit.proof === null || guard.challenge === null ? [] : [spend(visit.proof)]),
  );
  const answer = owed?.rows[0] as { reason: string | null } | undefined;
  if (answer?.reason === "network")
    return { outcome: "crowded", seconds: noteCrowded(ctx, visit.network, visit.vouched) };
  ctx.bell.ring();
  return { outcome: "sent" };
}

interface Values extends GuardValues {
  readonly now: number;
  readonly lasts: number;
  readonly email: string;
  readonly emailKey: string;
  readonly subscriber: number;
  readonly throttle: string;
  readonly hashes: string;
}

const statements = { link: prepare("link"), address: prepare("address") } as const;

function prepare(kind: LinkKind) {
  return prepareStatements<Values>((at) => {
    const { now, emailKey } = at;
    // A link goes only where somebody has confirmed once; everybody else would get a mail that they never asked for (I2).
    const person =
      kind === "link"
        ? sql<number | null>`(select id from subscribers where email_key = ${emailKey} and proven_at is not null)`
        : sql<number | null>`(select id from subscribers where id = ${at.subscriber})`;
    const slot = linkSlot(at.throttle, linkOwed(person, kind, now), now, sql`g.times`);
    const { count, judged, lane, skip, slow } = judge(at, now);
    const address = kind === "link" ? sql<string | null>`null` : at.email;
    const asked = { subscriber: person, kind, address, slow };
    return [
      count,
      oweLink({
        kind,
        subscriber: person,
        mailbox: at.throttle,
        address,
        judged: sql`select v.*, ${mailTimes(at.throttle, now)} times from (${judged}) v`,
        // Their own link goes only to a proven address, and a new address has not been proven.
        skip: sql`coalesce(${skip(sql`false`, sql.lit(kind === "link"))}, case when ${person} is null then 'unknown'
          when ${suppressed(emailKey, sql`0`)} or ${barred(at.hashes)} then 'suppressed'
          when ${slot.refused(slow)} or ${linkedJustNow(asked, now)} then 'cool-down' end,
          ${kind === "link" ? sql`null` : enoughAddresses(asked, now)})`,
        slow,
        dueAt: sql`iif(g.slow, max(${slot.slowAt}, ${lane}), ${slot.dueAt})`,
        at: now,
        lasts: at.lasts,
      }),
      ...(kind === "address" ? [endMistaken(asked, now)] : []),
      slot.take,
    ];
  });
}
