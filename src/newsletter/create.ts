import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { longestListId } from "../mail/headers.ts";
import { newsletterFields as field, requireWelcome } from "./fields.ts";
import { type Newsletter, requireNewsletter } from "./find.ts";

export const createNewsletterSchema = z.strictObject({
  slug: field.slug,
  name: field.name,
  pitch: field.pitch,
  about: field.about.default(""),
  frequency: field.frequency.default(""),
  language: field.language.default("en"),
  senderName: field.senderName,
  senderAddress: field.senderAddress,
  replyTo: field.replyTo.default(null),
  group: field.group.default(""),
  position: field.position.default(0),
  image: field.image.default(null),
  imageSquare: field.imageSquare.default(null),
  imageAlt: field.imageAlt.default(""),
  thanks: field.thanks.default(""),
  welcome: field.welcome.default(null),
  status: field.status.default("open"),
  archive: field.archive.default("public"),
  origins: field.origins.default([]),
  redirects: field.redirects.default([]),
  hourlyLimit: field.hourlyLimit.default(null),
  warmUp: field.warmUp.default(null),
});

export type CreateNewsletterInput = z.input<typeof createNewsletterSchema>;

/** Adds a newsletter; its List-Id is set here once. Throws `invalid`, or `conflict` for a slug in use. */
export async function createNewsletter(ctx: AppContext, input: CreateNewsletterInput): Promise<Newsletter> {
  const given = parseInput(createNewsletterSchema, input);
  requireWelcome(given.welcome, ctx.config.publicUrl, given.language);
  const listId = nameList(given);
  const [row] = await ctx.store.db
    .insertInto("newsletters")
    .values({
      slug: given.slug,
      name: given.name,
      pitch: given.pitch,
      about: given.about,
      frequency: given.frequency,
      language: given.language,
      sender_name: given.senderName,
      sender_address: given.senderAddress,
      reply_to: given.replyTo,
      group_name: given.group,
      position: given.position,
      image: given.image,
      image_square: given.imageSquare,
      image_alt: given.imageAlt,
      thanks: given.thanks,
      welcome: given.welcome === "" ? null : given.welcome,
      list_id: listId,
      status: given.status,
      archive: given.archive,
      origins: JSON.stringify(given.origins),
      redirects: JSON.stringify(given.redirects),
      hourly_limit: given.hourlyLimit,
      warmup_first: given.warmUp,
      warmup_since: given.warmUp === null ? null : ctx.clock(),
      created_at: ctx.clock(),
    })
    .onConflict((clash) => clash.doNothing())
    .returning("id")
    .execute();
  if (row === undefined) {
    throw new AppError("conflict", `There is a newsletter "${given.slug}" already.`, {
      field: "slug",
      hint: `Change it with: tidings newsletter edit ${given.slug}`,
    });
  }
  return requireNewsletter(ctx, given.slug);
}

function nameList({ slug, senderAddress }: { slug: string; senderAddress: string }): string {
  const domain = senderAddress.slice(senderAddress.lastIndexOf("@") + 1).toLowerCase();
  const listId = `${slug}.${domain}`;
  if (listId.length <= longestListId) return listId;
  const most = longestListId - 1 - domain.length;
  throw new AppError(
    "invalid",
    `The List-Id is made of the slug and ${domain}, and has ${listId.length} characters of at most ${longestListId}.`,
    {
      field: "slug",
      hint: most < 1 ? "Use a sender address of a shorter domain." : `Give it a slug of at most ${most} characters.`,
    },
  );
}
