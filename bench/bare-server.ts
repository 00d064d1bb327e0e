import { Hono } from "hono";
import { CompiledQuery } from "kysely";
import type { Config } from "../src/config.ts";
import type { Engine } from "../src/store/store.ts";
import { serveBareApp } from "./bare-app.ts";

/** The tables into which one sign-up writes one row each. */
export const written = ["subscribers", "subscriptions", "notices", "consents", "throttles"] as const;

/** A server, and how many rows its tables hold. */
export interface Server {
  readonly url: string;
  readonly rows: () => Promise<number[]>;
  stop(): Promise<void>;
}

const hour = 3_600_000;
const stretch = hour / 6;

// The rows of a sign-up as the product leaves them, without any condition.
const statements = [
  "insert into subscribers (id, email, email_key, name, created_at) values (?, ?, ?, '', ?)",
  `insert into subscriptions (newsletter, subscriber, status, generation, since, source)
   values (1, ?, 'pending', 1, ?, '{"form":null,"page":null}')`,
  `insert into notices (id, kind, subscriber, items, created_at, expires_at, due_at, mailbox)
   values (?, 'confirmation', ?, '[[1,1]]', ?, ?, ?, ?)`,
  `insert into consents (newsletter, subscriber, generation, event, at, method, notice)
   values (1, ?, 1, 'asked', ?, 'form', ?)`,
  "insert into throttles (key, kind, times, until) values (?, 'address', ?, ?)",
  // What the guard counts by: all, the newsletter, the network, the recipient's domain.
  `insert into rates (key, start, n) select value, ?, 1 from json_each('["all","newsletter","network","domain"]') where true
   on conflict (key, start) do update set n = n + 1`,
];

/** The least that takes a sign-up: Hono on Node, the form read, and the same rows in one durable commit of the same engine. */
export async function serveBare(config: Config): Promise<Server> {
  const { url, connection, stop } = await serveBareApp(config, bareApp);
  const count = (table: string) => Number(connection.prepare(`select count(*) from ${table}`).pluck().get());
  return { url, stop, rows: async () => written.map(count) };
}

function bareApp(engine: Engine): Hono {
  let last = 0;
  return new Hono().post("/subscribe", async (c) => {
    const { email } = await c.req.parseBody();
    last += 1;
    const now = Date.now();
    const values = [
      [last, email, email, now],
      [last, now],
      [last, last, now, now + 72 * hour, now, `key-${last}`],
      [last, now, last],
      [`key-${last}`, `[${now}]`, now + 720 * hour],
      [Math.floor(now / stretch) * stretch],
    ];
    await engine.batch(statements.map((sql, place) => CompiledQuery.raw(sql, values[place])));
    return c.body(null, 303, { Location: "/thanks" });
  });
}
