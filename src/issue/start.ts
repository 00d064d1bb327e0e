import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { missingForMail, readInstance, remedyForMail } from "../instance/find.ts";
import { isHeld, utc } from "../instance/hold.ts";

/** Overdue by more than this, a schedule needs a person's word: it may have been sent otherwise meanwhile (REL-14). */
export const scheduleGrace = 6 * 3_600_000;

interface Due {
  readonly id: number;
  readonly name: string;
  readonly newsletter: string;
  readonly open: number;
  readonly at: number;
}

/**
 * Starts every scheduled issue whose time has come, and pauses one that was missed or may not be sent, with the reason. Each is
 * one conditional update, so that a second process or a crash in between is harmless. True when there was one.
 */
export async function startScheduled(ctx: AppContext): Promise<boolean> {
  const now = ctx.clock();
  const { rows } = await sql<Due>`
    select i.id, n.slug || '/' || i.slug name, n.slug newsletter, n.status = 'open' open, i.scheduled_at at
    from issues i join newsletters n on n.id = i.newsletter
    where i.status = 'scheduled' and i.scheduled_at <= ${now} order by i.scheduled_at, i.id`.execute(ctx.store.db);
  if (rows.length === 0) return false;
  const missing = missingForMail(await readInstance(ctx));
  for (const due of rows) {
    const why = whyNot(due, now, missing);
    const [done] = await ctx.store.commit(
      sql<{ id: number }>`
        update issues set ${
          why === null
            ? sql`status = 'sending', started_at = ${now}, audience_at = coalesce(audience_at, scheduled_at)`
            : sql`status = 'paused', stop_reason = 'stale', error = ${why}`
        }, updated_at = ${now}
        where id = ${due.id} and status = 'scheduled' and scheduled_at = ${due.at} and not ${isHeld} returning id`,
    );
    if (done.rows.length === 0) continue;
    if (why === null) ctx.log.info("scheduled issue starts", { issue: due.id, scheduledAt: due.at });
    else ctx.log.error("scheduled issue paused", { issue: due.id, reason: why });
  }
  ctx.probe("started");
  return true;
}

/** Why an issue that is due must wait for a person; null when it may begin. */
function whyNot(due: Due, now: number, missing: readonly string[]): string | null {
  const begin = `It was to begin at ${utc(due.at)}`;
  const send = `tidings issue send ${due.name}`;
  if (now - due.at > scheduleGrace) {
    const hours = Math.floor((now - due.at) / 3_600_000);
    return `${begin}, ${hours} hours ago, and nothing was running then to send it. If it should still go: ${send}`;
  }
  if (due.open !== 1) {
    const open = `tidings newsletter edit ${due.newsletter} --status open`;
    return `${begin}, but its newsletter is not open. Open it with: ${open}, then: ${send}`;
  }
  if (missing.length === 0) return null;
  return `${begin}, but ${missing.join(", ")} must be set before anything can be sent. ${remedyForMail(missing)}, then: ${send}`;
}

/** When the next scheduled issue begins, in ms UTC; null when none is scheduled. */
export async function nextScheduled(ctx: AppContext): Promise<number | null> {
  const { rows } = await sql<{ at: number | null }>`
    select min(scheduled_at) at from issues where status = 'scheduled'`.execute(ctx.store.db);
  return rows[0]?.at ?? null;
}
