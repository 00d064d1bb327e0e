import type * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import type { Fault } from "../mail/fault.ts";
import { checkIssue } from "./compile.ts";
import { sourceSchema } from "./save.ts";

/** All faults of an issue file, warnings included, by line; `ok` when none of them stops it. Writes nothing. */
export async function lintIssue(
  ctx: AppContext,
  input: z.input<typeof sourceSchema>,
): Promise<{ ok: boolean; faults: Fault[] }> {
  const { source } = parseInput(sourceSchema, input);
  const { faults, content } = await checkIssue(ctx, { source });
  return { ok: content !== null, faults };
}
