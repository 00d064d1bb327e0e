import { type RawBuilder, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import type { Done, Engine, Store } from "../../src/store/store.ts";

/** An empty database with Tidings' schema, and the means to look at it from two sides. */
export interface EngineRig {
  readonly engine: Engine;
  /** Another engine on the same database, as a second process or isolate would have. */
  another(): Promise<Engine>;
  close(): Promise<void>;
}

/** What every engine under the store keeps to. */
export function storeContract(name: string, makeEngine: () => Promise<EngineRig>): void {
  describe(`the store on ${name}`, () => {
    let rig: EngineRig;
    let store: Store;
    beforeEach(async () => {
      rig = await makeEngine();
      store = openStore(rig.engine);
    });
    afterEach(() => rig.close());
    commits(() => store);
    groups(() => store);
    reading(() => store);
    counting(() => store);
    values(() => store);
    neighbours(
      () => store,
      () => rig,
    );
  });
}

function keep(hash: string, text = hash, at = 1): RawBuilder<{ hash: string }> {
  return sql<{
    hash: string;
  }>`insert into wordings (hash, text, first_shown_at) values (${hash}, ${text}, ${at}) returning hash`;
}

/** Breaks the primary key when `hash` is there already, and a check of SQLite's own types otherwise. */
const broken = sql`insert into wordings (hash, text, first_shown_at) values ('x', 'x', 'not a time')`;

async function hashes(store: Store): Promise<string[]> {
  const rows = await store.db.selectFrom("wordings").select("hash").orderBy("hash").execute();
  return rows.map((row) => row.hash);
}

function commits(store: () => Store): void {
  test("commits several statements, each seeing what those before it wrote", async () => {
    const [, second] = await store().commit(
      keep("a"),
      sql<{
        n: number;
      }>`insert into wordings (hash, text, first_shown_at) select 'b', hash, 2 from wordings returning first_shown_at n`,
    );
    expect(second.rows).toEqual([{ n: 2 }]);
    expect(await hashes(store())).toEqual(["a", "b"]);
  });

  test("leaves nothing behind when one statement of a commit fails", async () => {
    await expect(store().commit(keep("a"), keep("b"), broken, keep("c"))).rejects.toThrow(/integer|datatype/i);
    expect(await hashes(store())).toEqual([]);
  });

  test("gives every statement's result its place and its type", async () => {
    const done = await store().commit(keep("a"), sql<{ two: number }>`select 2 two`, keep("b"));
    expectTypeOf(done).toEqualTypeOf<
      readonly [Done<{ hash: string }>, Done<{ two: number }>, Done<{ hash: string }>]
    >();
    expect(done.map((one) => one.rows)).toEqual([[{ hash: "a" }], [{ two: 2 }], [{ hash: "b" }]]);
  });

  test("takes a commit of nothing as done", async () => {
    expect(await store().commit()).toEqual([]);
  });

  test("refuses an orphan, since foreign keys are kept", async () => {
    const orphan = sql`insert into subscriptions (newsletter, subscriber, status, generation, since) values (1, 1, 'active', 1, 1)`;
    await expect(store().commit(orphan)).rejects.toThrow(/foreign key/i);
  });

  test("has no interactive transactions, and says what to use instead", async () => {
    const interactive = store()
      .db.transaction()
      .execute(async () => undefined);
    await expect(interactive).rejects.toThrow("store.commit(...queries)");
  });
}

function groups(store: () => Store): void {
  test("fails only the commit at fault among many that arrive in the same turn", async () => {
    const commits = Array.from({ length: 40 }, (_, at) =>
      at === 17 ? store().commit(keep("17"), broken) : store().commit(keep(String(at)), keep(`${at}+`)),
    );
    const settled = await Promise.allSettled(commits);
    expect(settled.flatMap((one, at) => (one.status === "rejected" ? [at] : []))).toEqual([17]);
    const kept = await hashes(store());
    expect(kept).toHaveLength(78);
    expect(kept).not.toContain("17");
  });

  test("answers many commits of one turn with their own results", async () => {
    const settled = await Promise.all(Array.from({ length: 40 }, (_, at) => store().commit(keep(String(at)))));
    expect(settled.map(([done]) => done.rows[0]?.hash)).toEqual(Array.from({ length: 40 }, (_, at) => String(at)));
  });

  test("lets only one of two equal commits of the same turn win", async () => {
    const settled = await Promise.allSettled([store().commit(keep("a")), store().commit(keep("a"))]);
    expect(settled.map((one) => one.status)).toEqual(["fulfilled", "rejected"]);
  });
}

function reading(store: () => Store): void {
  test("reads what was just written, by either way of writing", async () => {
    await store().commit(keep("a"));
    expect(await hashes(store())).toEqual(["a"]);
    await store().db.insertInto("wordings").values({ hash: "b", text: "b", first_shown_at: 1 }).execute();
    expect(await hashes(store())).toEqual(["a", "b"]);
  });

  test("returns the rows that single statements ask back", async () => {
    const added = await store()
      .db.insertInto("wordings")
      .values({ hash: "a", text: "a", first_shown_at: 1 })
      .returning(["hash", "first_shown_at"])
      .execute();
    expect(added).toEqual([{ hash: "a", first_shown_at: 1 }]);
    const gone = await store().db.deleteFrom("wordings").where("hash", "=", "a").returning("text").execute();
    expect(gone).toEqual([{ text: "a" }]);
  });
}

function counting(store: () => Store): void {
  test("counts the rows that each statement wrote", async () => {
    const done = await store().commit(
      sql`insert into wordings (hash, text, first_shown_at) values ('a', 'a', 1), ('b', 'b', 1), ('c', 'c', 2)`,
      sql`insert into wordings (hash, text, first_shown_at) values ('a', 'other', 1) on conflict do nothing`,
      sql`update wordings set text = 'x' where first_shown_at = 1`,
      sql<{ hash: string }>`update wordings set text = 'y' where first_shown_at = 1 returning hash`,
      sql`select * from wordings`,
      sql`delete from wordings where hash = 'nobody'`,
      sql`delete from wordings`,
    );
    expect(done.map((one) => one.changes)).toEqual([3, 0, 2, 2, 0, 0, 3]);
  });

  test("tells Kysely how many rows a single statement wrote", async () => {
    await store().commit(keep("a"), keep("b"));
    const updated = await store().db.updateTable("wordings").set({ text: "x" }).executeTakeFirst();
    expect(updated.numUpdatedRows).toBe(2n);
    const none = await store().db.deleteFrom("wordings").where("hash", "=", "nobody").executeTakeFirst();
    expect(none.numDeletedRows).toBe(0n);
  });
}

function values(store: () => Store): void {
  test("takes a list of any length as one JSON parameter", async () => {
    const wanted = Array.from({ length: 5_000 }, (_, at) => `w${at}`);
    await store().commit(
      sql`insert into wordings (hash, text, first_shown_at) select j.value, j.value, j.key from json_each(${JSON.stringify(wanted)}) j`,
    );
    const odd = JSON.stringify(wanted.filter((_, at) => at % 2 === 1));
    const { rows } = await sql<{ n: number }>`
      select count(*) n from wordings where hash in (select value from json_each(${odd}))`.execute(store().db);
    expect(rows).toEqual([{ n: 2_500 }]);
  });

  test("keeps times in milliseconds, empty texts, null and every letter as they are", async () => {
    const text = "Grüße, Łódź 🌊 \u202e \0 'quoted' \"twice\"\r\n";
    const at = Date.UTC(9999, 0);
    await store().commit(keep("", text, at));
    const { rows } = await sql`select hash, text, first_shown_at at, ${null} blank from wordings`.execute(store().db);
    expect(rows).toEqual([{ hash: "", text, at, blank: null }]);
  });
}

function neighbours(store: () => Store, rig: () => EngineRig): void {
  test("shows a second connection what the first has committed, and nothing before", async () => {
    const other = openStore(await rig().another());
    const failing = store().commit(keep("a"), broken);
    await expect(failing).rejects.toThrow();
    expect(await hashes(other)).toEqual([]);
    await store().commit(keep("b"));
    expect(await hashes(other)).toEqual(["b"]);
  });

  test("lets two connections write at once without losing or doubling anything", async () => {
    const other = openStore(await rig().another());
    await store().commit(keep("count", "0", 0));
    const raise = sql`update wordings set first_shown_at = first_shown_at + 1 where hash = 'count'`;
    const once = sql<{ hash: string }>`
      insert into wordings (hash, text, first_shown_at) values ('once', 'x', 1) on conflict do nothing returning hash`;
    const done = await Promise.all(
      Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? store() : other).commit(raise, once)),
    );
    const { rows } = await sql<{ n: number }>`select first_shown_at n from wordings where hash = 'count'`.execute(
      other.db,
    );
    expect(rows).toEqual([{ n: 60 }]);
    expect(done.filter(([, won]) => won.rows.length === 1)).toHaveLength(1);
  });
}
