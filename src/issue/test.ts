import * as z from "zod";
import type { AppContext } from "../context.ts";
import { tryAtOnce } from "../delivery/outlet.ts";
import { oweTest } from "../delivery/owe.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { readInstance, requireOperator } from "../instance/find.ts";
import { requireReleased } from "../instance/hold.ts";
import { requireServedSettings } from "../instance/serve.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import type { Fault } from "../mail/fault.ts";
import { checkIssue } from "./compile.ts";
import { packText } from "./content.ts";
import { saveDraft, sourceSchema, stopped } from "./save.ts";

export const testSchema = sourceSchema.extend({ to: z.string().max(320) });

const day = 24 * 3_600_000;

/** Owes one address the real mail of an issue file, marked as a test, and saves the file as a draft. Throws `preflight`, `invalid`. */
export async function testIssue(
  ctx: AppContext,
  input: z.input<typeof testSchema>,
): Promise<{ notice: number; to: string; faults: Fault[] }> {
  const given = parseInput(testSchema, input);
  const address = parseAddress(given.to, { allowReserved: ctx.config.provider === "outbox" });
  if (!address.ok) throw new AppError("invalid", explainAddress(address.fault), { field: "to" });
  const instance = await readInstance(ctx);
  await requireServedSettings(ctx);
  requireReleased(instance);
  requireOperator(instance);
  const { issue } = await saveDraft(ctx, { source: given.source });
  const preview = ctx.signer.sign("archive", [issue.id]);
  const checked = await checkIssue(ctx, { source: given.source, test: true, preview });
  if (checked.content === null || checked.newsletter === null) throw stopped(checked.faults);
  const now = ctx.clock();
  const { hash, keep } = packText("issue", JSON.stringify(checked.content), now);
  const [, owed] = await ctx.store.commit(
    keep,
    oweTest({
      address: address.email,
      content: hash,
      newsletter: checked.newsletter.id,
      at: now,
      expiresAt: now + 14 * day,
    }),
    tryAtOnce(now),
  );
  ctx.bell.ring();
  const notice = owed.rows[0]?.id;
  if (notice === undefined) throw new Error("a test notice was not written");
  return { notice, to: address.email, faults: checked.faults };
}
