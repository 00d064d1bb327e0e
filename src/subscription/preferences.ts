import type { AppContext } from "../context.ts";
import { findNewsletter } from "../newsletter/find.ts";
import { readPreferencesLink } from "./links.ts";
import { withdraw } from "./withdraw.ts";

export type PreferencesResult =
  | { outcome: "left"; newsletter: string | null }
  | { outcome: "gone" }
  | { outcome: "test" }
  | { outcome: "unknown" };

/** Leaves one newsletter (by slug), or `all`, from the preference page; a slug not held changes nothing. */
export async function leaveFrom(
  ctx: AppContext,
  input: { token: string; newsletter: string },
): Promise<PreferencesResult> {
  const link = await readPreferencesLink(ctx, input.token);
  if (link.kind !== "reader") return { outcome: link.kind };
  const chosen = input.newsletter === "all" ? null : await findNewsletter(ctx, input.newsletter);
  if (input.newsletter !== "all" && chosen === null) return { outcome: "unknown" };
  await ctx.store.commit(
    ...withdraw({
      subscriber: link.subscriber,
      newsletter: chosen?.id ?? null,
      method: "preferences",
      at: ctx.clock(),
    }),
  );
  return { outcome: "left", newsletter: chosen?.name ?? null };
}
