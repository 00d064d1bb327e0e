import type { AppContext } from "../context.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { type Closed, openLink, type ReaderLink } from "./access.ts";
import { offerUndo } from "./undo.ts";
import { withdraw } from "./withdraw.ts";

export type PreferencesResult =
  /** `newsletter` is its name; null: all of them. `undo` is the token that takes it back; null: there is nothing to. */
  { kind: "left"; newsletter: string | null; undo: string | null } | { kind: "nothing" } | Closed;

/** Leaves one newsletter (by slug), or `all`, from the preference page; a slug not held changes nothing. */
export async function leaveFrom(
  ctx: AppContext,
  input: { link: ReaderLink; newsletter: string },
): Promise<PreferencesResult> {
  const reader = await openLink(ctx, input.link);
  if (reader.kind !== "reader") return reader;
  const chosen = input.newsletter === "all" ? null : await findNewsletter(ctx, input.newsletter);
  if (input.newsletter !== "all" && chosen === null) return { kind: "nothing" };
  const { subscriber } = reader;
  const newsletter = chosen?.id ?? null;
  const method = "preferences";
  await ctx.store.commit(...withdraw({ subscriber, newsletter, method, at: ctx.clock() }));
  const undo = await offerUndo(ctx, { subscriber, newsletter, method });
  return { kind: "left", newsletter: chosen?.name ?? null, undo };
}
