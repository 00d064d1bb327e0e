import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import type { Fault } from "../mail/fault.ts";
import { countAudienceAsOf, countPausedAsOf } from "./audience.ts";
import { checkIssue } from "./compile.ts";
import { requireOpen } from "./ready.ts";
import { sourceSchema, stopped } from "./save.ts";

export const outlookSchema = sourceSchema.extend({
  /** Ms UTC; without it, now. */
  asOf: z.int().min(0).optional(),
});

/** What sending an issue file would do: all that an editor agrees to. */
export interface Outlook {
  readonly newsletter: { readonly slug: string; readonly name: string };
  readonly slug: string;
  readonly sender: { readonly name: string; readonly address: string };
  readonly subject: string;
  /** "" when the file has none. */
  readonly preheader: string;
  readonly provider: "outbox" | "resend" | "smtp";
  /** Exactly how many readers would get it, as of the instant beside (ms UTC). */
  readonly recipients: number;
  /** How many more are subscribed and take a break just now. */
  readonly paused: number;
  readonly asOf: number;
  /** Warnings only. */
  readonly faults: Fault[];
}

/**
 * Tells what a send would be, and writes nothing. Throws `preflight` with the faults or for a newsletter that is not open,
 * `invalid` for an instant to come.
 */
export async function viewOutlook(ctx: AppContext, input: z.input<typeof outlookSchema>): Promise<Outlook> {
  const given = parseInput(outlookSchema, input);
  const now = ctx.clock();
  const asOf = given.asOf ?? now;
  if (asOf > now) {
    throw new AppError("invalid", "The instant of the count lies in the future.", { field: "asOf" });
  }
  const { file, newsletter, content, faults } = await checkIssue(ctx, { source: given.source });
  if (file === null || newsletter === null || content === null) throw stopped(faults);
  requireOpen(newsletter);
  return {
    newsletter: { slug: newsletter.slug, name: newsletter.name },
    slug: file.slug,
    sender: { name: newsletter.senderName, address: newsletter.senderAddress },
    subject: content.web.title,
    preheader: file.preheader,
    provider: ctx.config.provider,
    recipients: await countAudienceAsOf(ctx, newsletter.id, asOf),
    paused: await countPausedAsOf(ctx, newsletter.id, asOf),
    asOf,
    faults,
  };
}
