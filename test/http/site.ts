import { sql } from "kysely";
import { onTestFinished } from "vitest";
import type { AppContext } from "../../src/context.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { openWorld, type World } from "../world.ts";

export interface Site {
  readonly ctx: AppContext;
  readonly app: World["app"];
  readonly logged: readonly string[];
  /** Milliseconds UTC; tests move it. */
  now: number;
  /** Every row of every table, for "nothing changed". */
  dump(): Promise<string>;
  /** Sends what is owed. */
  pay(): Promise<number>;
}

const operator = {
  site: "The Harbour Post",
  operator: "Harbour Post Publishing",
  postalAddress: "4 Customs Quay\nPort Alder PA1 2QX",
  privacyUrl: "https://harbourpost.example/privacy",
  contact: "readers@harbourpost.example",
};

/** The whole app on a world of its own, with an invented newsroom. */
export async function openSite(environment: Record<string, string> = {}): Promise<Site> {
  const local = { TIDINGS_PUBLIC_URL: "http://127.0.0.1:8787", ...environment };
  const world = await openWorld({ environment: local, instance: operator });
  onTestFinished(() => world.close());
  await furnish(world.ctx);
  return {
    ctx: world.ctx,
    app: world.app,
    logged: world.logged,
    get now() {
      return world.clock.now;
    },
    set now(at) {
      world.clock.now = at;
    },
    dump: () => dump(world.ctx),
    pay: world.drain,
  };
}

async function furnish(ctx: AppContext): Promise<void> {
  const sender = { senderName: "The Harbour Post", senderAddress: "news@harbourpost.example" };
  await createNewsletter(ctx, {
    ...sender,
    slug: "morning-tide",
    name: "The Morning Tide",
    pitch: "What the day brings to Port Alder.",
    about: "Five stories.\n\nOne tide table.",
    frequency: "Every weekday at six",
    thanks: "The next one leaves at six.",
    group: "News",
    position: 1,
    image: "/assets/icon.svg",
    imageAlt: "Dawn over the harbour",
  });
  await createNewsletter(ctx, {
    ...sender,
    slug: "council-watch",
    name: "Council Watch",
    pitch: "Who voted for what.",
    group: "News",
    position: 2,
  });
  await createNewsletter(ctx, {
    ...sender,
    slug: "hafenbrief",
    name: "Hafenbrief",
    pitch: "Die Woche aus Port Alder.",
    language: "de",
    group: "Leisure",
    position: 3,
  });
}

async function dump(ctx: AppContext): Promise<string> {
  const { db } = ctx.store;
  const tables = await sql<{ name: string }>`select name from sqlite_schema where type = 'table' order by name`.execute(
    db,
  );
  const rows = await Promise.all(tables.rows.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(db)));
  return JSON.stringify(rows.map((held, at) => [tables.rows[at]?.name, held.rows]));
}

/** Posts a form as a browser does. */
export function post(site: Site, path: string, fields: [string, string][] | Record<string, string>): Promise<Response> {
  return Promise.resolve(site.app.request(path, { method: "POST", body: new URLSearchParams(fields) }));
}

/** Posts JSON. */
export function postJson(site: Site, path: string, value: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return Promise.resolve(site.app.request(path, { method: "POST", headers, body: JSON.stringify(value) }));
}

/** Signs an address up and returns the token of the newest confirmation link. */
export async function signUp(site: Site, email: string, ...newsletters: string[]): Promise<string> {
  const fields = newsletters.map((slug): [string, string] => ["newsletter", slug]);
  const answer = await post(site, "/subscribe", [["email", email], ...fields]);
  if (answer.status !== 303) throw new Error(`sign-up answered ${answer.status}`);
  const notice = await site.ctx.store.db
    .selectFrom("notices")
    .select("id")
    .where("kind", "=", "confirmation")
    .orderBy("id", "desc")
    .executeTakeFirstOrThrow();
  return site.ctx.signer.sign("confirm", [notice.id]);
}

/** Signs up and confirms; returns the links that this reader's issues carry. */
export async function subscribeFully(site: Site, email: string, ...newsletters: string[]) {
  const token = await signUp(site, email, ...newsletters);
  const answer = await site.app.request(`/confirm/${token}`, { method: "POST" });
  if (answer.status !== 303) throw new Error(`confirming answered ${answer.status}`);
  const reader = await site.ctx.store.db
    .selectFrom("subscribers")
    .select("id")
    .where("email", "=", email)
    .executeTakeFirstOrThrow();
  const named = await site.ctx.store.db.selectFrom("newsletters").select(["id", "slug"]).execute();
  return {
    confirm: token,
    preferences: site.ctx.signer.sign("preferences", [reader.id]),
    leave: (slug: string) => {
      const id = named.find((newsletter) => newsletter.slug === slug)?.id ?? 0;
      return site.ctx.signer.sign("leave", [id, reader.id]);
    },
  };
}

/** How each subscription of an address stands. */
export async function statuses(site: Site, email: string): Promise<Record<string, string>> {
  const rows = await site.ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("subscribers as p", "p.id", "s.subscriber")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["n.slug", "s.status"])
    .where("p.email", "=", email)
    .execute();
  return Object.fromEntries(rows.map((row) => [row.slug, row.status]));
}
