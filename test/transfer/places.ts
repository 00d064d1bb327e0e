import { hc } from "hono/client";
import { sql } from "kysely";
import { type AppType, createApp } from "../../src/app.ts";
import type { Api } from "../../src/cli/connect.ts";
import type { Compared, Course, Side } from "../../src/cli/move-copy.ts";
import { look, moveAll, movingAlready, requireFit } from "../../src/cli/move-run.ts";
import { grantToken } from "../../src/instance/grant.ts";
import { hashToken } from "../../src/instance/tokens.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { freightNames } from "../../src/transfer/tables.ts";
import { issueFile } from "../http/desk.ts";
import { day, openWorld, type World, type WorldOptions } from "../world.ts";

export const token = "operator-of-this-test-alone-0123456789";

/** An end of a move, reached as a server is; `cut` may end a call before or behind the server. */
export function sideOf(world: World, name: string, cut: (call: Call) => Promise<Response> = ({ go }) => go()): Side {
  const app = createApp(world.ctx, { operatorToken: token });
  const client = hc<AppType>("http://here", {
    headers: { Authorization: `Bearer ${token}` },
    fetch: async (input: string | URL | Request, init?: RequestInit) =>
      cut({
        name,
        path: new URL(String(input)).pathname,
        method: init?.method ?? "GET",
        go: async () => app.request(input, init),
      }),
  });
  return { name, api: client.api as Api };
}

/** A call on its way. */
export interface Call {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  go(): Promise<Response>;
}

/** A course that waits for nothing. */
export function courseOf(source: Side, target: Side, extra: Partial<Course> = {}): Course {
  return { id: "0123456789abcdef", source, target, progress() {}, check() {}, pause: async () => {}, ...extra };
}

/** What `tidings move` does between two ends. */
export async function moveBetween(course: Course): Promise<Compared[] | null> {
  const standing = await look(course);
  const going = movingAlready(standing);
  if (going === null) requireFit(standing);
  return moveAll({ ...course, id: going ?? course.id }, standing, () => {});
}

/** The secret of the one token of a fresh installation. */
export const freshToken = "tid_of-the-fresh-installation-0123456789";

let made = 0;

/** A fresh installation beside another: worlds draw the same random numbers, and two installations do not. */
export async function openFresh(beside: Pick<World, "clock">, options: WorldOptions = {}): Promise<World> {
  const world = await openWorld({ now: beside.clock.now, instance: null, ...options });
  made += 1;
  const { db } = world.ctx.store;
  await db
    .updateTable("instance")
    .set({ uid: `fresh${made}` })
    .execute();
  await db
    .updateTable("tokens")
    .set({ hash: hashToken(freshToken) })
    .execute();
  return world;
}

/** Columns that are about a place and not about the installation. */
const ofPlaces = new Set(["served_url", "served_provider", "seen_at", "held", "last_used_at"]);

/** Every row that moves, by table, as sorted text; tokens without their ids, and without those that only the target had. */
export async function everything(world: World, without: readonly string[] = []): Promise<Record<string, string[]>> {
  const beside = world.beside();
  try {
    const tables: Record<string, string[]> = {};
    for (const name of freightNames) {
      const rows = await beside.prepare<[], Record<string, unknown>>(`select * from ${name}`).all();
      const kept = rows.filter(({ hash }) => !without.includes(String(hash)));
      tables[name] = kept
        .map((row) => JSON.stringify(row, (key, value) => (isOfPlace(name, key) ? undefined : value)))
        .sort();
    }
    return tables;
  } finally {
    beside.close();
  }
}

function isOfPlace(table: string, column: string): boolean {
  return ofPlaces.has(column) || (table === "tokens" && column === "id");
}

/** Hashes of the tokens that a fresh installation has. */
export async function tokensOf(world: World): Promise<string[]> {
  const rows = await world.ctx.store.db.selectFrom("tokens").select("hash").execute();
  return rows.map(({ hash }) => hash);
}

/** So many readers of a newsletter who signed up long ago, written straight into the tables. */
export async function seedReaders(world: World, newsletter: string, count: number): Promise<void> {
  const { db } = world.ctx.store;
  const { id } = await db
    .selectFrom("newsletters")
    .select("id")
    .where("slug", "=", newsletter)
    .executeTakeFirstOrThrow();
  const at = world.clock.now - 90 * day;
  const email = sql`'old' || value || '-' || ${newsletter} || '@example.net'`;
  const numbers = sql`with recursive n (value) as (select 1 union all select value + 1 from n where value < ${count})`;
  await sql`insert into subscribers (email, email_key, name, created_at, proven_at)
    ${numbers} select ${email}, ${email}, 'Reader ' || value, ${at}, ${at} from n`.execute(db);
  const seeded = sql`from subscribers where email like ${`old%-${newsletter}@example.net`}`;
  await sql`insert into subscriptions (newsletter, subscriber, status, generation, since)
    select ${id}, id, 'active', 1, ${at} ${seeded}`.execute(db);
  for (const event of ["asked", "confirmed"] as const) {
    await sql`insert into consents (newsletter, subscriber, generation, event, at, method)
      select ${id}, id, 1, ${event}, ${at}, 'form' ${seeded}`.execute(db);
  }
}

/** An installation in full work: three newsletters, issues sent, half sent, scheduled, in doubt; mails that wait; suppressions. */
export async function openBusy(readers = 2_000, options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(options);
  await world.newsletter("morning", { welcome: "Good to have you." });
  await world.newsletter("evening");
  await world.newsletter("noon");
  for (const name of ["ada", "ben", "cleo"]) await world.join(`${name}@example.org`, ["morning", "noon"]);
  await seedReaders(world, "evening", readers);
  await world.send("morning", "first");
  await world.drain();
  await world.send("noon", "doubtful");
  await world.drain();
  const { db } = world.ctx.store;
  const doubtful = sql`(select id from issues where slug = 'doubtful')`;
  await sql`update batches set state = 'in_doubt', error = 'no answer' where issue = ${doubtful}`.execute(db);
  await sql`update issues set status = 'incomplete' where id = ${doubtful}`.execute(db);
  await addSuppression(world.ctx, { address: "old7-evening@example.net", reason: "complaint" });
  await addSuppression(world.ctx, { address: "stranger@example.net", newsletter: "noon" });
  await erase(world.ctx, { address: "old9-evening@example.net" });
  await world.instance({ hourlyLimit: 100_000, domainLimits: { "example.org": 5_000 } });
  for (const event of ["msg_a", "msg_b"]) {
    await sql`insert into webhooks (provider, event, received_at, body, applied_at, outcome)
      values ('resend', ${event}, ${world.clock.now}, ${JSON.stringify({ type: "email.sent" })}, ${world.clock.now}, 'none')`.execute(
      db,
    );
  }
  await grantToken(world.ctx, { name: "night desk", scopes: ["read"] });
  await saveDraft(world.ctx, { source: issueFile("noon", "later") });
  await scheduleIssue(world.ctx, { newsletter: "noon", slug: "later", at: world.clock.now + day });
  await world.send("evening", "half");
  for (let turns = 0; turns < 4; turns += 1) await world.turn();
  // The newest reader is gone for good: the id must not come back at the other end.
  await world.signUp("gone@example.org", "morning");
  await erase(world.ctx, { address: "gone@example.org" });
  await world.signUp("waiting@example.org", "morning");
  return world;
}
