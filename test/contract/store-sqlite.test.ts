import { rmSync } from "node:fs";
import { join } from "node:path";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { migrate } from "../../src/node/migrate.ts";
import { createWriter } from "../../src/node/writer.ts";
import type { Engine } from "../../src/store/store.ts";
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

/** The same file, written by threads: one for each engine, as each process has one. */
async function makeThreads(): Promise<EngineRig> {
  const folder = scratchFolder("writer");
  const file = join(folder, "tidings.db");
  const open: { close(): Promise<void> }[] = [];
  const engineOf = (): Engine => {
    const connection = openFile(file);
    migrate(connection);
    const writer = createWriter(file);
    open.push({
      async close() {
        await writer.stop();
        connection.close();
      },
    });
    return writer.engine(connection);
  };
  return {
    engine: engineOf(),
    another: async () => engineOf(),
    close: async () => {
      for (const one of open) await one.close();
      rmSync(folder, { recursive: true });
    },
  };
}

storeContract("better-sqlite3", makeEngine);
storeContract("a thread with better-sqlite3", makeThreads);
