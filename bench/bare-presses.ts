import { Hono } from "hono";
import { CompiledQuery } from "kysely";
import type { Config } from "../src/config.ts";
import type { Engine } from "../src/store/store.ts";
import { serveBareApp } from "./bare-app.ts";

/** What a link of a mail does. */
export type Press = "confirm" | "leave";

// The rows of each press as the product leaves them, without any condition.
const statements: Record<Press, readonly (readonly [sql: string, ...values: ("id" | "now")[]])[]> = {
  confirm: [
    ["update subscriptions set status = 'active', since = ? where newsletter = 1 and subscriber = ?", "now", "id"],
    [
      `insert into consents (newsletter, subscriber, generation, event, at, method, notice)
       values (1, ?, 1, 'confirmed', ?, 'link', ?)`,
      ...(["id", "now", "id"] as const),
    ],
    ["update subscribers set proven_at = ? where id = ?", "now", "id"],
  ],
  leave: [
    [
      `insert into consents (newsletter, subscriber, generation, event, at, method)
       values (1, ?, 1, 'withdrawn', ?, 'one-click')`,
      ...(["id", "now"] as const),
    ],
    [
      "update subscriptions set status = 'unsubscribed', since = ? where newsletter = 1 and subscriber = ?",
      "now",
      "id",
    ],
  ],
};

/** The least that takes a press: Hono on Node, the link's id read, and the same rows in one durable commit of the same engine. */
export function servePresses(config: Config): Promise<{ url: string; stop(): Promise<void> }> {
  return serveBareApp(config, pressApp);
}

function pressApp(engine: Engine): Hono {
  const write = (press: Press, id: string) => {
    const given = { id: Number(id), now: Date.now() };
    return engine.batch(
      statements[press].map(([sql, ...names]) =>
        CompiledQuery.raw(
          sql,
          names.map((name) => given[name]),
        ),
      ),
    );
  };
  return new Hono()
    .post("/confirm/:id", async (c) => {
      await write("confirm", c.req.param("id"));
      return c.body(null, 303, { Location: "/confirmed" });
    })
    .post("/u/:id", async (c) => {
      await c.req.parseBody();
      await write("leave", c.req.param("id"));
      return c.text("You have left.");
    });
}
