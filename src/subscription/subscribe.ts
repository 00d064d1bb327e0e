import * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import { type AddressFault, type ParsedAddress, parseAddress } from "../mail/address.ts";
import { cleanName } from "../mail/name.ts";
import type { RequestResult } from "./behind-guard.ts";
import { atDesk, type Desk, stillTold } from "./desk.ts";
import { checkPolicy, type PolicyFault } from "./policy.ts";
import { request, type Source } from "./request.ts";
import { stranger, type Visit } from "./visit.ts";

/** Most newsletters in one request (DOI-29). */
export const mostChosen = 50;

const place = z.string().trim().max(500).nullable().catch(null).default(null);
const word = z.string().trim().max(100).optional().catch(undefined);

/** Where a form stood and what led there; unknown names are left out. */
const sourceSchema = z.object({
  form: place,
  page: place,
  /** The page before that one. */
  referrer: place,
  position: word,
  utm_source: word,
  utm_medium: word,
  utm_campaign: word,
  utm_term: word,
  utm_content: word,
});

export const subscribeSchema = z.object({
  email: z.string().max(1_000).default(""),
  newsletters: z.array(z.string().max(100)).max(mostChosen, `choose at most ${mostChosen} newsletters`),
  name: z.string().max(1_000).catch("").default(""),
  /** The consent text exactly as shown beside the form (LAW-01). */
  wording: z.string().max(5_000),
  source: sourceSchema.default({ form: null, page: null, referrer: null }),
});

export type SubscribeInput = z.input<typeof subscribeSchema> & {
  /** Who asks, as the edge has seen it. */
  readonly visit?: Visit;
};

export type SubscribeResult =
  | RequestResult
  | { outcome: "bad-address"; fault: AddressFault | PolicyFault }
  | { outcome: "bad-newsletters"; slugs: string[] }
  | { outcome: "none-chosen" };

/**
 * Takes a request to subscribe. `sent` is the answer for new, pending, active, unsubscribed and suppressed addresses alike,
 * with the same statements and written rows (I7); what is mailed, if anything, is decided inside the commit. `crowded` speaks of
 * the network that asks, and of no address.
 */
export async function subscribe(ctx: AppContext, { visit, ...input }: SubscribeInput): Promise<SubscribeResult> {
  const given = parseInput(subscribeSchema, input);
  const address = parseAddress(given.email, { allowReserved: ctx.config.provider === "outbox" });
  if (!address.ok) return { outcome: "bad-address", fault: address.fault };
  const slugs = [...new Set(given.newsletters)];
  if (slugs.length === 0) return { outcome: "none-chosen" };
  const asked = { given, address, slugs, visit: visit ?? stranger };
  return atDesk(
    ctx,
    slugs,
    (desk) => askAt(ctx, desk, asked),
    ({ outcome }) => outcome === "sent" || outcome === "crowded",
  );
}

interface Asked {
  readonly given: z.output<typeof subscribeSchema>;
  readonly address: Extract<ParsedAddress, { ok: true }>;
  readonly slugs: readonly string[];
  readonly visit: Visit;
}

async function askAt(ctx: AppContext, desk: Desk, { given, address, slugs, visit }: Asked): Promise<SubscribeResult> {
  const open = new Map(desk.open.map((one) => [one.slug, one]));
  const refused = slugs.filter((slug) => !open.has(slug));
  if (refused.length > 0) return { outcome: "bad-newsletters", slugs: refused };
  const policy = await checkPolicy(ctx, address, desk.guard);
  if ("fault" in policy) return { outcome: "bad-address", fault: policy.fault };
  return request(ctx, {
    address,
    desk,
    newsletters: slugs.flatMap((slug) => open.get(slug) ?? []),
    name: cleanName(given.name),
    wording: given.wording,
    source: { ...sourceOf(given.source), ...(policy.flags.length === 0 ? {} : { flags: policy.flags.join(" ") }) },
    visit,
    asLongAs: stillTold(ctx, desk),
  });
}

/** Without what was not given; pages without what stands behind their path. */
function sourceOf({ form, page, referrer, ...more }: z.output<typeof sourceSchema>): Source {
  const all = { ...more, referrer: withoutQuery(referrer) };
  const named = Object.entries(all).filter((entry): entry is [string, string] => (entry[1] ?? "") !== "");
  return { ...Object.fromEntries(named), form, page: withoutQuery(page) };
}

/** Where a form stood: an address without query and fragment, which may hold what is none of our business. */
function withoutQuery(page: string | null): string | null {
  if (page === null || !URL.canParse(page)) return null;
  const url = new URL(page);
  return /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}`.slice(0, 500) : null;
}
