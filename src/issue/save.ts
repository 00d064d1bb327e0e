import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import type { Fault } from "../mail/fault.ts";
import { checkIssue } from "./compile.ts";
import { type IssueSummary, requireIssue } from "./find.ts";

export const sourceSchema = z.strictObject({ source: z.string().max(2_000_000) });

/** Saves an issue file as a draft, over an earlier draft of the same slug. Throws `preflight` with the faults, `refused` once sent. */
export async function saveDraft(
  ctx: AppContext,
  input: z.input<typeof sourceSchema>,
): Promise<{ issue: IssueSummary; faults: Fault[] }> {
  const { source } = parseInput(sourceSchema, input);
  const checked = await checkIssue(ctx, { source });
  if (checked.file === null || checked.newsletter === null || checked.content === null) throw stopped(checked.faults);
  const { file, newsletter } = checked;
  const now = ctx.clock();
  const [saved] = await ctx.store.commit(
    sql<{ id: number }>`
      insert into issues (newsletter, slug, subject, source, issued_at, created_at, updated_at)
      values (${newsletter.id}, ${file.slug}, ${checked.content.web.title}, ${source}, ${file.date}, ${now}, ${now})
      on conflict (newsletter, slug) do update set subject = excluded.subject, source = excluded.source,
        issued_at = excluded.issued_at, updated_at = iif(source = excluded.source, updated_at, excluded.updated_at)
        where issues.status = 'draft'
      returning id`,
  );
  const issue = await requireIssue(ctx, { newsletter: newsletter.slug, slug: file.slug });
  if (saved.rows.length === 0 && issue.source !== source) throw changedAfterSend(issue);
  return { issue, faults: checked.faults };
}

/** The refusal of a file with errors, faults and all. */
export function stopped(faults: readonly Fault[]): AppError {
  const count = faults.filter((fault) => fault.level === "error").length;
  return new AppError("preflight", `The issue has ${count === 1 ? "an error" : `${count} errors`}.`, {
    hint: "Mend them, then try again; tidings issue lint shows them with their lines.",
    faults,
  });
}

function changedAfterSend(issue: IssueSummary): AppError {
  const name = `${issue.newsletter}/${issue.slug}`;
  if (issue.status === "scheduled") {
    return new AppError("refused", `${name} is scheduled, and its file has changed since: nothing was saved.`, {
      hint: `Take it back first: tidings issue recall ${name}. Then schedule or send it as it is now.`,
    });
  }
  return new AppError(
    "refused",
    `The issue "${issue.slug}" has gone out (${issue.status}), and its file has changed since: nothing was saved.`,
    { hint: "Give the new text a slug of its own, or take the file back to what was sent." },
  );
}
