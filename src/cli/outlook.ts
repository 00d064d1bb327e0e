import type { IssueSummary } from "../issue/find.ts";
import type { Outlook as Computed } from "../issue/outlook.ts";
import type { Cli } from "./command.ts";
import type { Session } from "./connect.ts";
import { noteFaults, showingFaults, type ToldFault } from "./faults.ts";
import type { Target } from "./issue-name.ts";
import { readStatus } from "./issue-status.ts";
import { reply } from "./reply.ts";
import { sheet } from "./table.ts";
import { count } from "./words.ts";

/** What sending would do, as the API tells it. */
export type Outlook = Omit<Computed, "faults"> & { readonly faults: readonly ToldFault[] };

/** What sending an issue would do; writes nothing. `asOf` in ms UTC, now unless given. */
export async function readOutlook(
  cli: Cli,
  { api }: Session,
  target: Target,
  asOf: number | undefined,
): Promise<Outlook> {
  if (target.kind === "kept") {
    const { newsletter, slug } = target;
    const query = asOf === undefined ? {} : { asOf: String(asOf) };
    return reply(api.issues[":newsletter"][":slug"].audience.$get({ param: { newsletter, slug }, query }));
  }
  const { path, source } = target;
  const json = { source, ...(asOf === undefined ? {} : { asOf }) };
  const outlook = await showingFaults(cli, path, reply(api.issues.audience.$post({ json })));
  noteFaults(cli, path, outlook.faults);
  return outlook;
}

/** The issue as it is kept; a file is kept as a draft first, unless it has gone out. */
export async function keepIssue(cli: Cli, { api }: Session, target: Target): Promise<Omit<IssueSummary, "source">> {
  if (target.kind === "kept") {
    return (await readStatus(api, { newsletter: target.newsletter, slug: target.slug })).issue;
  }
  const { path, source } = target;
  const saved = await showingFaults(cli, path, reply(api.issues.$put({ json: { source } })));
  if (saved.issue.status === "draft") noteFaults(cli, path, saved.faults);
  return saved.issue;
}

/** What a person agrees to; `audience` says in its last line who gets it, the exact count unless given. */
export function outlookSheet(outlook: Outlook, audience?: readonly (readonly [string, string])[]): string {
  const { newsletter, sender, recipients, paused, asOf, provider } = outlook;
  const resting = paused === 0 ? "" : `, without ${count(paused)} who ${paused === 1 ? "takes" : "take"} a break`;
  return sheet([
    ["newsletter", `${newsletter.name} (${newsletter.slug})`],
    ["issue", `${newsletter.slug}/${outlook.slug}`],
    ["from", `${sender.name} <${sender.address}>`],
    ["subject", outlook.subject],
    ["preheader", outlook.preheader],
    ["provider", provider === "outbox" ? "outbox (kept for reading, none leaves)" : provider],
    ...(audience ?? [["recipients", `${count(recipients)} as of ${new Date(asOf).toISOString()}${resting}`] as const]),
  ]);
}
