import { expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { migrate } from "../../src/node/migrate.ts";
import { createOutbox } from "../../src/provider/outbox.ts";
import { createTableKeep } from "../../src/provider/table-keep.ts";
import { openStore } from "../../src/store/open.ts";
import type { Engine } from "../../src/store/store.ts";
import { notice } from "./samples.ts";

/** An outbox in tables whose commits are made, and then fail to answer while `isDeaf` says so. */
function openDeaf(isDeaf: () => boolean) {
  const connection = openFile(":memory:");
  migrate(connection);
  const engine = sqliteEngine(connection);
  const deaf: Engine = {
    ...engine,
    batch: async (queries) => {
      const done = await engine.batch(queries);
      if (isDeaf()) throw new AppError("unavailable", "D1 did not answer in time.", { hint: "Try again." });
      return done;
    },
  };
  const keep = createTableKeep(openStore(deaf), () => 1_000);
  return { keep, outbox: createOutbox(keep) };
}

test("a commit whose answer was lost may have been made: nobody is told that nothing was kept", async () => {
  let isDeaf = true;
  const { keep, outbox } = openDeaf(() => isDeaf);
  const parcel = outbox.notices([notice("a@post.tld")]);
  expect(await parcel.send("k1")).toEqual({ result: "unsure", reason: "D1 did not answer in time. Try again." });
  isDeaf = false;
  expect(await parcel.send("k1")).toMatchObject({ result: "accepted" });
  expect(await keep.list({ limit: 10 })).toHaveLength(1);
});

test("a message that is no text is refused before anything is kept", async () => {
  const { keep } = openDeaf(() => false);
  await expect(keep.put("k1", [new Uint8Array([0xff, 0xfe])])).rejects.toThrow();
  expect(await keep.list({ limit: 10 })).toEqual([]);
  expect(await keep.put("k1", [new Uint8Array([0x61])])).toHaveLength(1);
});
