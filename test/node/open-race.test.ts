import { fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder } from "../world/scratch.ts";

// SQLite answers "busy" at once to whoever switches a database to WAL while somebody else writes to it, as in a first start.
test("a start waits for another one that is making the same database at this moment", async () => {
  const folder = scratchFolder("race");
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "tidings.db");
  const holder = fork(join(import.meta.dirname, "lock-holder.ts"), [file]);
  await once(holder, "message");
  const opener = fork(join(import.meta.dirname, "open-worker.ts"), [file]);
  const ended = once(opener, "exit");
  await once(opener, "message");
  // Long enough for the start to meet the lock; it has five seconds of patience.
  holder.send(150);
  expect((await ended)[0]).toBe(0);
});
