import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { endMistaken, enoughAddresses, type LinkKind, linkedJustNow, linkOwed, oweLink } from "../delivery/owe-link.ts";
import type { ParsedAddress } from "../mail/address.ts";
import { prepareStatements } from "../store/prepared.ts";
import { barred, suppressed } from "../suppression/suppress.ts";
import { commitBehindGuard, type GuardedValues, type RequestResult } from "./behind-guard.ts";
import { readDesk } from "./desk.ts";
import { judge } from "./guard.ts";
import { mailSlot, mailTimes, noteMail } from "./throttle.ts";
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
  const { visit, address, kind, lasts, subscriber } = asked;
  const { guard: settings } = await readDesk(ctx, []);
  return commitBehindGuard(ctx, { visit, address, newsletters: [], settings }, (values) => ({
    statements: statements[kind](ctx.store.db, { ...values, lasts, subscriber }),
    owing,
  }));
}

interface Values extends GuardedValues {
  readonly lasts: number;
  readonly subscriber: number;
}

/** Which of the statements owes the mail; it returns its reason. */
const owing = 1;

const statements = { link: prepare("link"), address: prepare("address") } as const;

function prepare(kind: LinkKind) {
  return prepareStatements<Values>((at) => {
    const { now, emailKey } = at;
    // A link goes only where somebody has confirmed once; everybody else would get a mail that they never asked for (I2).
    const person =
      kind === "link"
        ? sql<number | null>`(select id from subscribers where email_key = ${emailKey} and proven_at is not null)`
        : sql<number | null>`(select id from subscribers where id = ${at.subscriber})`;
    const slot = mailSlot(sql`g.times`, now);
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
          when ${slot.tooMany(slow)} or ${linkedJustNow(asked, now)} then 'cool-down' end,
          ${kind === "link" ? sql`null` : enoughAddresses(asked, now)})`,
        slow,
        dueAt: sql`iif(g.slow, max(${slot.slowAt}, ${lane}), ${slot.dueAt})`,
        at: now,
        lasts: at.lasts,
      }),
      ...(kind === "address" ? [endMistaken(asked, now)] : []),
      // A stranger who asks uses up nothing.
      noteMail(at.throttle, linkOwed(person, kind, now), now),
    ];
  });
}
