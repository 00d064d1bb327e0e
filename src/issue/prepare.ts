import type { RawBuilder } from "kysely";
import type { AppContext } from "../context.ts";
import { readInstance, requireOperator } from "../instance/find.ts";
import { requireReleased } from "../instance/hold.ts";
import { type Newsletter, requireNewsletter } from "../newsletter/find.ts";
import { checkIssue } from "./compile.ts";
import { packText } from "./content.ts";
import { requireOpen } from "./ready.ts";
import { stopped } from "./save.ts";

/** The newsletter of an issue that is to leave. Throws `preflight` where mails are held, the operator is unnamed or it is not open. */
export async function requireReady(ctx: AppContext, slug: string): Promise<Newsletter> {
  const instance = await readInstance(ctx);
  requireReleased(instance);
  requireOperator(instance);
  const newsletter = await requireNewsletter(ctx, slug);
  requireOpen(newsletter);
  return newsletter;
}

/** Compiles an issue as it is to leave: its content's hash, and the statement that keeps it (REL-04). Throws `preflight` with faults. */
export async function freezeContent(
  ctx: AppContext,
  source: string,
): Promise<{ hash: string; keep: RawBuilder<unknown> }> {
  const checked = await checkIssue(ctx, { source });
  if (checked.content === null) throw stopped(checked.faults);
  return packText("issue", JSON.stringify(checked.content), ctx.clock());
}
