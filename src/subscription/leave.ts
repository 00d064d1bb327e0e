import type { AppContext } from "../context.ts";
import { readLeaveLink } from "./links.ts";
import { withdraw } from "./withdraw.ts";

export type LeaveResult =
  | { outcome: "left"; newsletter: string | null; address: string | null; all: boolean }
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
  if (link.kind === "gone") return { outcome: "left", newsletter: null, address: null, all: input.all };
  const { subscriber } = link;
  const newsletter = input.all ? null : link.newsletter;
  await ctx.store.commit(...withdraw({ subscriber, newsletter, method: input.method ?? "page", at: ctx.clock() }));
  return { outcome: "left", newsletter: link.name, address: link.address, all: input.all };
}
