import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { oweWelcome } from "../delivery/owe.ts";
import { parseAddress } from "../mail/address.ts";
import { listNewsletters } from "../newsletter/find.ts";
import { suppressed } from "../suppression/suppress.ts";
import { type Closed, openLink } from "./access.ts";
import type { RequestResult } from "./behind-guard.ts";
import { readDesk } from "./desk.ts";
import { request } from "./request.ts";
import { isThere } from "./still-there.ts";
import type { Visit } from "./visit.ts";

export type JoinResult =
  | { kind: "joined"; newsletters: { slug: string; name: string }[] }
  /** Nothing that is open was chosen, or all of it may not be mailed to this reader. */
  | { kind: "nothing" }
  | Closed;

const day = 24 * 3_600_000;

/**
 * Asks to join further newsletters by the link of an issue, which may have been forwarded: through the gate of every sign-up, with
 * a confirmation mail to the reader. `nothing`: no open newsletter was chosen, or the link was mailed to a former address.
 */
export async function askToJoin(
  ctx: AppContext,
  input: { token: string; newsletters: readonly string[]; wording: string; visit: Visit },
): Promise<{ kind: "asked"; result: RequestResult } | { kind: "nothing" } | Closed> {
  const reader = await openLink(ctx, { by: "issue", token: input.token });
  if (reader.kind !== "reader") return reader;
  const desk = await readDesk(ctx, input.newsletters);
  const address = parseAddress(reader.email, { allowReserved: true });
  if (desk.open.length === 0 || !address.ok || reader.former) return { kind: "nothing" };
  const { name, subscriber } = reader;
  const { wording, visit } = input;
  const source = { form: "preferences", page: null };
  const asked = request(ctx, {
    address,
    desk,
    newsletters: desk.open,
    name,
    wording,
    source,
    visit,
    known: subscriber,
  });
  const result = await asked.catch(async (fault) => {
    // Erased between reading and writing, or moved, which takes this power from the link: nothing was written.
    if (await isThere(ctx, subscriber, address.emailKey)) throw fault;
    return { outcome: "sent" } as const;
  });
  return { kind: "asked", result };
}

/**
 * Joins further newsletters at once by a fresh link, which has just proven the address: consent and its wording recorded, welcome
 * owed, in one commit. A repeat changes nothing and says the same.
 */
export async function joinAtOnce(
  ctx: AppContext,
  input: { token: string; newsletters: readonly string[]; wording: string },
): Promise<JoinResult> {
  const reader = await openLink(ctx, { by: "fresh", token: input.token });
  if (reader.kind !== "reader") return reader;
  const open = await listNewsletters(ctx, { status: "open" });
  const chosen = open.filter(({ slug }) => input.newsletters.includes(slug));
  if (chosen.length === 0) return { kind: "nothing" };
  const { subscriber, notice, emailKey } = reader;
  const now = ctx.clock();
  const ids = JSON.stringify(chosen.map(({ id }) => id));
  const wording = bytesToHex(sha256(utf8ToBytes(input.wording)));
  const source = JSON.stringify({ form: "preferences", page: null });
  const isThere = sql`exists (select 1 from subscribers where id = ${subscriber})`;
  const event = (name: string, text: string | null) => sql`
    insert into consents (newsletter, subscriber, generation, event, at, method, wording, notice, form)
    select s.newsletter, s.subscriber, s.generation, ${name}, ${now}, 'preferences', ${text}, ${notice}, 'preferences'
    from subscriptions s where s.subscriber = ${subscriber} and s.status = 'active' and s.since = ${now}
      and s.newsletter in (select value from json_each(${ids}))
    on conflict do nothing`;
  await ctx.store.commit(
    sql`insert into wordings (hash, text, first_shown_at) values (${wording}, ${input.wording}, ${now})
      on conflict (hash) do nothing`,
    sql`insert into subscriptions (newsletter, subscriber, status, generation, since, source)
      select j.value, ${subscriber}, 'active', 1, ${now}, ${source} from json_each(${ids}) j
      where ${isThere} and not ${suppressed(sql`${emailKey}`, sql`j.value`)}
      on conflict (newsletter, subscriber) do update set
        generation = generation + (status = 'unsubscribed'), since = excluded.since, source = excluded.source,
        status = 'active', paused_until = null, paused_at = null
        where status <> 'active'`,
    event("asked", wording),
    event("confirmed", null),
    oweWelcome({ notice, subscriber, at: now, expiresAt: now + 14 * day, joinedAt: now }),
  );
  ctx.bell.ring();
  const held = await ctx.store.db
    .selectFrom("subscriptions")
    .select("newsletter")
    .where("subscriber", "=", subscriber)
    .where("status", "=", "active")
    .execute();
  const active = new Set(held.map(({ newsletter }) => newsletter));
  const newsletters = chosen.filter(({ id }) => active.has(id)).map(({ slug, name }) => ({ slug, name }));
  return newsletters.length === 0 ? { kind: "nothing" } : { kind: "joined", newsletters };
}
