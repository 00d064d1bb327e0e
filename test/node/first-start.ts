// Starts Tidings on a folder as soon as it is told to; several of these race in first-start.test.ts.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../src/config.ts";
import { readInstance } from "../../src/instance/find.ts";
import { openContext } from "../../src/node/context.ts";

const [folder = ""] = process.argv.slice(2);
const config = readConfig({
  TIDINGS_DATABASE: join(folder, "data", "tidings.db"),
  TIDINGS_KEYS: join(folder, "data", "keys"),
  TIDINGS_OUTBOX: join(folder, "data", "outbox"),
  TIDINGS_LOG: "silent",
});

process.once("message", () => {
  void start();
});
process.send?.("ready");

async function start(): Promise<void> {
  const opened = await openContext(config);
  const { uid } = await readInstance(opened.ctx);
  const ring = createHash("sha256").update(readFileSync(config.keys)).digest("hex");
  opened.close();
  process.send?.({ uid, ring, made: opened.firstToken !== null }, () => process.disconnect());
}
