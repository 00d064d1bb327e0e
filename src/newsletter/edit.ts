import * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import { limitColumns } from "../instance/limits.ts";
import { newsletterFields as field, requireWelcome } from "./fields.ts";
import { type Newsletter, requireNewsletter } from "./find.ts";

const { slug: _never, ...editable } = field;

/** Everything but the slug, which stands in links that are already out. */
export const editNewsletterSchema = z.strictObject(editable).partial();

export type EditNewsletterInput = z.input<typeof editNewsletterSchema>;

const columns: Record<Exclude<keyof typeof editable, "hourlyLimit" | "warmUp">, string> = {
  name: "name",
  pitch: "pitch",
  about: "about",
  frequency: "frequency",
  language: "language",
  senderName: "sender_name",
  senderAddress: "sender_address",
  replyTo: "reply_to",
  group: "group_name",
  position: "position",
  image: "image",
  imageSquare: "image_square",
  imageAlt: "image_alt",
  thanks: "thanks",
  welcome: "welcome",
  status: "status",
  archive: "archive",
  origins: "origins",
  redirects: "redirects",
};

/** Changes the given fields; throws `invalid` or `not-found`. */
export async function editNewsletter(
  ctx: AppContext,
  input: { slug: string; changes: EditNewsletterInput },
): Promise<Newsletter> {
  const { hourlyLimit, warmUp, ...changes } = parseInput(editNewsletterSchema, input.changes);
  const { id, language } = await requireNewsletter(ctx, input.slug);
  requireWelcome(changes.welcome, ctx.config.publicUrl, changes.language ?? language);
  const changed = Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [columns[name as keyof typeof columns], asColumn(name, value)]);
  const set = { ...Object.fromEntries(changed), ...limitColumns({ hourlyLimit, warmUp }, ctx.clock()) };
  if (Object.keys(set).length > 0) {
    await ctx.store.db.updateTable("newsletters").set(set).where("id", "=", id).execute();
  }
  return requireNewsletter(ctx, input.slug);
}

function asColumn(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return JSON.stringify(value);
  return name === "welcome" && value === "" ? null : value;
}
