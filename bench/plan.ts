// Planning of an issue: node bench/plan.ts [--readers 200000] [--rounds 3]
import { sql } from "kysely";
import type { AppContext } from "../src/context.ts";
import { planSlice } from "../src/dispatch/plan.ts";
import { inAudience } from "../src/issue/audience.ts";
import { compare } from "./measure.ts";
import { openNewsroom, seedReaders } from "./newsroom.ts";
import { conclude, figure, printHead, printTable, ratioOf, readFlags } from "./report.ts";

const { readers, rounds } = readFlags({ readers: 200_000, rounds: 3 });
const room = await openNewsroom();
const { ctx, newsletter } = room;
let issues = 0;

/** An issue whose sending has begun; `planned` keeps the product away from the one that is planned by hand. */
async function addIssue(planned: number | null): Promise<number> {
  issues += 1;
  const { rows } = await sql<{ id: number }>`
    insert into issues (newsletter, slug, subject, source, status, created_at, updated_at, audience_at, planned_at)
    values (${newsletter}, ${`issue-${issues}`}, 'News', '', 'sending', 0, 0, 0, ${planned}) returning id`.execute(
    ctx.store.db,
  );
  return rows[0]?.id ?? 0;
}

async function planOwn(): Promise<number> {
  await addIssue(null);
  while (await planSlice(ctx));
  return readers;
}

/** One statement for all readers and one for all batches, in one commit. */
async function planBare(): Promise<number> {
  const issue = sql.lit(await addIssue(0));
  const perBatch = sql.lit(Math.min(ctx.provider.limits.members, 100));
  await ctx.store.commit(
    sql`insert into deliveries (issue, subscriber)
      select ${issue}, s.subscriber from subscriptions s join subscribers p on p.id = s.subscriber
      where ${inAudience(newsletter, 0)} order by s.subscriber`,
    sql`insert into batches (lane, issue, first, last, size, state, due_at)
      select 1, ${issue}, min(subscriber), max(subscriber), count(*), 'planned', 0 from (
        select subscriber, (row_number() over (order by subscriber) - 1) / ${perBatch} g
        from deliveries where issue = ${issue}) group by g order by g`,
  );
  return readers;
}

/** Both ways must have planned the same: all readers, in as many batches. */
async function checkPlans(own: AppContext): Promise<void> {
  const { rows } = await sql<{ deliveries: number; batches: number }>`
    select (select count(*) from deliveries where issue = i.id) deliveries,
      (select count(*) from batches where issue = i.id) batches from issues i`.execute(own.store.db);
  const expected = Math.ceil(readers / 100);
  const short = rows.find(({ deliveries, batches }) => deliveries !== readers || batches < expected);
  if (short !== undefined) throw new Error(`an issue was planned as ${JSON.stringify(short)}`);
}

printHead("plan");
await seedReaders(room, readers);
const rates = await compare({ own: planOwn, bare: planBare }, rounds);
await checkPlans(ctx);
const seconds = (rate: number) => figure(readers / rate);
printTable([
  [`${readers.toLocaleString("en")} readers`, "readers/s", "s", "× bare"],
  ["bare", figure(rates.bare), seconds(rates.bare), "1.00"],
  ["Tidings", figure(rates.own), seconds(rates.own), ratioOf(rates)],
]);
conclude([{ what: "plan", ...rates }]);
await room.close();
