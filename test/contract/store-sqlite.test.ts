import { rmSync } from "node:fs";
import { join } from "node:path";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { migrate } from "../../src/node/migrate.ts";
import { scratchFolder } from "../world/scratch.ts";
import { type EngineRig, storeContract } from "./store.ts";

async function makeEngine(): Promise<EngineRig> {
  const folder = scratchFolder("store");
  const file = join(folder, "tidings.db");
  const open = [openFile(file)];
  const [first] = open;
  if (first === undefined) throw new Error("no connection");
  migrate(first);
  return {
    engine: sqliteEngine(first),
    another: async () => {
      const connection = openFile(file);
      open.push(connection);
      return sqliteEngine(connection);
    },
    close: async () => {
      for (const connection of open) connection.close();
      rmSync(folder, { recursive: true });
    },
  };
}

storeContract("better-sqlite3", makeEngine);
