import type { AppContext } from "../context.ts";
import { readLeaveLink } from "./links.ts";
import { offerUndo } from "./undo.ts";
import { withdraw } from "./withdraw.ts";

export type LeaveResult =
  | {
      outcome: "left";
      /** Of the newsletter; 0 where nobody knows any more. */
      id: number;
      newsletter: string | null;
      address: string | null;
      language: string | null;
      all: boolean;
      /** The token by which this leaving can be undone and given a reason; null where there is nothing to undo. */
      undo: string | null;
    }
  | { outcome: "test" }
  | { outcome: "unknown" };

/**
 * Leaves the newsletter of a link, or all of them, at once (LAW-12). Repeats and links of erased readers succeed without
 * a further event; only a forged link is `unknown` (RULES §1.3).
 */
export async function leave(
  ctx: AppContext,
  input: { token: string; all: boolean; method?: "one-click" | "page" },
): Promise<LeaveResult> {
  const link = await readLeaveLink(ctx, input.token);
  if (link.kind === "unknown" || link.kind === "test") return { outcome: link.kind };
  const { all } = input;
  if (link.kind === "gone") {
    return { outcome: "left", id: 0, newsletter: null, address: null, language: null, all, undo: null };
  }
  const { subscriber, name, address, language } = link;
  const newsletter = all ? null : link.newsletter;
  const { method = "page" } = input;
  await ctx.store.commit(...withdraw({ subscriber, newsletter, method, at: ctx.clock() }));
  const undo = method === "one-click" ? null : await offerUndo(ctx, { subscriber, newsletter, method });
  return { outcome: "left", id: link.newsletter, newsletter: name, address, language, all, undo };
}
