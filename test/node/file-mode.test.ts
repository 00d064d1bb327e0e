import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorld } from "../world.ts";

test("the database and the files beside it can be read by their owner alone (SEC-28)", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  const files = readdirSync(world.folder).filter((name) => name.startsWith("tidings.db"));
  expect(files.sort()).toEqual(["tidings.db", "tidings.db-shm", "tidings.db-wal"]);
  const modes = files.map((name) => (statSync(join(world.folder, name)).mode & 0o777).toString(8));
  expect(modes).toEqual(["600", "600", "600"]);
});
