import type { AppContext } from "../context.ts";
import { cleanName } from "../mail/name.ts";
import { languagesOf } from "../mail/texts.ts";
import { setProfile } from "../subscriber/keep.ts";
import { type Closed, openLink, type ReaderLink } from "./access.ts";

/**
 * Changes what mails call a reader, and in which language their own pages and mails speak ("": that of the newsletters). A
 * language that we do not speak changes nothing about it. `nothing`: the link was mailed to a former address.
 */
export async function editProfile(
  ctx: AppContext,
  input: { link: ReaderLink; name: string; language: string },
): Promise<{ kind: "done" } | { kind: "nothing" } | Closed> {
  const reader = await openLink(ctx, input.link);
  if (reader.kind !== "reader") return reader;
  if (reader.former) return { kind: "nothing" };
  const isKnown = languagesOf(ctx.templates).has(input.language);
  const language = input.language === "" ? null : isKnown ? input.language : reader.language;
  await ctx.store.commit(setProfile(reader.subscriber, { name: cleanName(input.name), language }));
  return { kind: "done" };
}
