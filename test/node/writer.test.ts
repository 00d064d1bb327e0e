import { rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as breath } from "node:timers/promises";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFile } from "../../src/node/engine.ts";
import { migrate } from "../../src/node/migrate.ts";
import { createWriter, type Writer } from "../../src/node/writer.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { scratchFolder } from "../world/scratch.ts";
import { keep, kept } from "./database.ts";

let folder = "";
let connection: ReturnType<typeof openFile>;
let writer: Writer;
let store: Store;

beforeEach(() => {
  folder = scratchFolder("writer");
  const file = join(folder, "tidings.db");
  connection = openFile(file);
  migrate(connection);
  writer = createWriter(file);
  store = openStore(writer.engine(connection));
});
afterEach(async () => {
  await writer.stop();
  connection.close();
  rmSync(folder, { recursive: true });
});

test("this thread goes on while another process holds the lock, and the commit follows once it is free", async () => {
  await store.commit(keep("a"));
  const holder = openFile(join(folder, "tidings.db"));
  holder.exec("begin immediate");
  let isDone = false;
  const commit = store.commit(keep("b")).then(() => {
    isDone = true;
  });
  for (let time = 0; time < 200; time += 1) await breath();
  expect(isDone).toBe(false);
  expect(await kept(store)).toEqual(["a"]);
  holder.exec("rollback");
  holder.close();
  await commit;
  expect(await kept(store)).toEqual(["a", "b"]);
});

test("what is under way when it stops is written, and later commits are refused", async () => {
  const under = Array.from({ length: 20 }, (_, at) => store.commit(keep(String(at).padStart(2, "0"))));
  await writer.stop();
  await Promise.all(under);
  expect(await kept(store)).toHaveLength(20);
  await expect(store.commit(keep("late"))).rejects.toMatchObject({ code: "unavailable" });
  expect(await kept(store)).toHaveLength(20);
});

test("a thread that cannot open its file fails its commits in words, and the next one is tried anew", async () => {
  const file = join(folder, "other.db");
  const lost = createWriter(join(folder, "no", "folder", "tidings.db"));
  const own = openFile(file);
  migrate(own);
  const failing = openStore(lost.engine(own));
  for (let time = 0; time < 2; time += 1) {
    await expect(failing.commit(keep("a"))).rejects.toMatchObject({ code: "unavailable" });
  }
  await lost.stop();
  own.close();
});

test("a value that cannot cross to the thread fails its own commit alone", async () => {
  const odd = sql`insert into wordings (hash, text, first_shown_at) values ('odd', ${new WeakMap()}, 1)`;
  const settled = await Promise.allSettled([store.commit(keep("a")), store.commit(odd), store.commit(keep("b"))]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await kept(store)).toEqual(["a", "b"]);
});

test("more texts of statements than are kept are all understood", async () => {
  for (let round = 0; round < 3; round += 1) {
    const texts = Array.from({ length: 400 }, (_, at) => {
      const hash = `${round}-${at}`;
      return store.commit(
        sql`insert into wordings (hash, text, first_shown_at) values (${hash}, ${sql.lit(`text ${hash}`)}, 1)`,
      );
    });
    await Promise.all(texts);
  }
  const { rows } = await sql<{ n: number; fitting: number }>`
    select count(*) n, sum(text = 'text ' || hash) fitting from wordings`.execute(store.db);
  expect(rows).toEqual([{ n: 1_200, fitting: 1_200 }]);
});

test("bytes, nothing, and large numbers come back as they were sent", async () => {
  const [done] = await store.commit(
    sql<{ bytes: Uint8Array; none: null; large: number; text: string }>`
      insert into wordings (hash, text, first_shown_at) values ('x', 'y', 1)
      returning ${new Uint8Array([0, 255])} bytes, ${null} none, ${2 ** 52} large, ${"ї"} text`,
  );
  expect(done.rows.map((row) => ({ ...row, bytes: [...row.bytes] }))).toEqual([
    { bytes: [0, 255], none: null, large: 2 ** 52, text: "ї" },
  ]);
});
