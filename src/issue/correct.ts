import { sql } from "kysely";
import type * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { line } from "../instance/texts.ts";
import type { WebIssue } from "../mail/compile.ts";
import type { Fault } from "../mail/fault.ts";
import type { Newsletter } from "../newsletter/find.ts";
import { checkIssue, type IssueContent } from "./compile.ts";
import { packText } from "./content.ts";
import { type IssueSummary, requireIssue } from "./find.ts";
import { sourceSchema, stopped } from "./save.ts";

export const correctSchema = sourceSchema.extend({
  /** What was corrected, for readers. */
  note: line(500).default(""),
});

/** What a correction came to. `replaced` is the note that stood there before, "" for none. */
export interface Corrected {
  readonly issue: IssueSummary;
  /** False where the web copy and its note read like that already. */
  readonly corrected: boolean;
  readonly note: string;
  readonly replaced: string;
  /** Where the web copy is. */
  readonly url: string;
  readonly faults: Fault[];
}

/**
 * Puts an issue file in the place of the web copy of the issue that it names; what was mailed stays as it is, and so do source,
 * subject and date. A repeat is harmless. Throws `preflight` with faults, `refused` for an issue that has not gone out.
 */
export async function correctIssue(ctx: AppContext, input: z.input<typeof correctSchema>): Promise<Corrected> {
  const { source, note } = parseInput(correctSchema, input);
  const checked = await checkIssue(ctx, { source });
  const { file, newsletter, content } = checked;
  if (file === null || newsletter === null || content === null) throw stopped(checked.faults);
  const name = { newsletter: newsletter.slug, slug: file.slug };
  const issue = await requireIssue(ctx, name);
  if (issue.startedAt === null) throw notOut(issue);
  if (newsletter.archive === "none") throw noWebCopies(newsletter);
  const before = await readPresent(ctx, issue.id);
  requireSameDate(file.date, before.date);
  const url = `${ctx.config.publicUrl}/n/${newsletter.slug}/${file.slug}`;
  const told = { note, url, faults: checked.faults };
  if (isSame(before.web, content.web) && note === before.note) {
    return { ...told, issue, corrected: false, replaced: "" };
  }
  const now = ctx.clock();
  const { hash, keep } = packText("issue", JSON.stringify({ web: content.web }), now);
  await ctx.store.commit(
    keep,
    sql`update issues set web = ${hash}, corrected_at = ${now}, correction = ${note}
      where id = ${issue.id} and started_at is not null`,
  );
  return { ...told, issue: await requireIssue(ctx, name), corrected: true, replaced: before.note };
}

interface Present {
  readonly web: WebIssue;
  readonly note: string;
  readonly date: number | null;
}

async function readPresent(ctx: AppContext, id: number): Promise<Present> {
  const row = await ctx.store.db
    .selectFrom("issues as i")
    .innerJoin("contents as c", "c.hash", "i.content")
    .leftJoin("contents as w", "w.hash", "i.web")
    .select((eb) => [eb.fn.coalesce("w.body", "c.body").as("body"), "i.correction", "i.issued_at"])
    .where("i.id", "=", id)
    .executeTakeFirstOrThrow();
  const { web } = JSON.parse(row.body) as Pick<IssueContent, "web">;
  return { web, note: row.correction, date: row.issued_at };
}

/** Copies that an earlier version froze lack the summary. */
function isSame(before: WebIssue, after: WebIssue): boolean {
  const summary = before.summary ?? after.summary;
  return before.title === after.title && before.html === after.html && summary === after.summary;
}

function notOut({ newsletter, slug, status }: IssueSummary): AppError {
  const name = `${newsletter}/${slug}`;
  const hint =
    status === "scheduled"
      ? `Take it back with: tidings issue recall ${name}. Then schedule the file as it is now.`
      : "Change its file, and send that.";
  return new AppError("refused", `${name} has not gone out (${status}): there is no web copy to correct.`, { hint });
}

function noWebCopies({ slug }: Newsletter): AppError {
  return new AppError("refused", `Issues of "${slug}" cannot be read in a browser: there is no web copy to correct.`, {
    field: "archive",
    hint: `Open its web copies with: tidings newsletter edit ${slug} --archive link`,
  });
}

/** The day in the masthead is that of the mails; archive and feeds are ordered by it in readers' eyes. */
function requireSameDate(given: number | null, kept: number | null): void {
  if (given === kept) return;
  const hint =
    kept === null
      ? "Take the line out of the file: it was mailed without one."
      : `Write again: date: ${new Date(kept).toISOString().replace(/T00:00:00\.000Z$/, "")}`;
  throw new AppError("invalid", "The date of an issue that has gone out stays as it is.", { field: "date", hint });
}
