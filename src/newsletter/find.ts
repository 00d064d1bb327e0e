import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { NewsletterRow } from "../store/rows.ts";

/** What people subscribe to. */
export interface Newsletter {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly pitch: string;
  readonly about: string;
  readonly frequency: string;
  readonly language: string;
  readonly senderName: string;
  readonly senderAddress: string;
  readonly replyTo: string | null;
  readonly group: string;
  readonly position: number;
  readonly image: string | null;
  /** The picture cut square, for small screens. */
  readonly imageSquare: string | null;
  readonly imageAlt: string;
  readonly thanks: string;
  readonly welcome: string | null;
  readonly listId: string;
  readonly status: "hidden" | "open" | "paused" | "closed";
  /** Who may read its issues in a browser; `link`: whoever has an issue's address, but no list names it. */
  readonly archive: "public" | "link" | "none";
  /** Sites whose pages may hold its form; none: any. */
  readonly origins: readonly string[];
  /** What an address must begin with, for a form to lead on to it. */
  readonly redirects: readonly string[];
  /** Mails of its issues in an hour; null: no limit of its own. */
  readonly hourlyLimit: number | null;
  /** Mails of its issues on the first day of a warm-up, twice as many each day; null: none of its own. */
  readonly warmUp: number | null;
  readonly warmUpSince: number | null;
}

/** Newsletters in the order of the hub: group, position, name. */
export async function listNewsletters(
  ctx: AppContext,
  filter: { status?: Newsletter["status"] } = {},
): Promise<Newsletter[]> {
  let query = ctx.store.db.selectFrom("newsletters").selectAll();
  if (filter.status !== undefined) query = query.where("status", "=", filter.status);
  const rows = await query.orderBy("position").orderBy("name").orderBy("id").execute();
  // Groups stand in the order of their first newsletter.
  const groups = [...new Set(rows.map((row) => row.group_name))];
  return rows
    .map(toNewsletter)
    .sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || a.position - b.position);
}

/** One newsletter by slug, or null. */
export async function findNewsletter(ctx: AppContext, slug: string): Promise<Newsletter | null> {
  const row = await ctx.store.db.selectFrom("newsletters").selectAll().where("slug", "=", slug).executeTakeFirst();
  return row === undefined ? null : toNewsletter(row);
}

/** One newsletter by slug; throws `not-found` with the nearest slug. */
export async function requireNewsletter(ctx: AppContext, slug: string): Promise<Newsletter> {
  const found = await findNewsletter(ctx, slug);
  if (found !== null) return found;
  const slugs = (await listNewsletters(ctx)).map((newsletter) => newsletter.slug);
  const near = nearest(slug, slugs);
  throw new AppError("not-found", `There is no newsletter "${slug}".`, {
    field: "newsletter",
    hint: near === null ? `Known: ${slugs.join(", ") || "none yet"}.` : `Did you mean ${near}?`,
  });
}

/** True for a newsletter whose issues everybody may find; `link` and `none` are in no list. */
export function isListed(newsletter: Newsletter): boolean {
  return newsletter.archive === "public" && newsletter.status !== "hidden";
}

/** A row as the verbs speak of it. */
export function toNewsletter(row: NewsletterRow): Newsletter {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    pitch: row.pitch,
    about: row.about,
    frequency: row.frequency,
    language: row.language,
    senderName: row.sender_name,
    senderAddress: row.sender_address,
    replyTo: row.reply_to,
    group: row.group_name,
    position: row.position,
    image: row.image,
    imageSquare: row.image_square,
    imageAlt: row.image_alt,
    thanks: row.thanks,
    welcome: row.welcome,
    listId: row.list_id,
    status: row.status,
    archive: row.archive,
    origins: JSON.parse(row.origins) as string[],
    redirects: JSON.parse(row.redirects) as string[],
    hourlyLimit: row.hourly_limit,
    warmUp: row.warmup_first,
    warmUpSince: row.warmup_since,
  };
}
