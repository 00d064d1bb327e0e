import { rmSync } from "node:fs";
import { openFile, sqliteEngine } from "../../src/node/engine.ts";
import { createFileKeep } from "../../src/node/keep.ts";
import { migrate } from "../../src/node/migrate.ts";
import { createTableKeep } from "../../src/provider/table-keep.ts";
import { openStore } from "../../src/store/open.ts";
import { scratchFolder } from "../world/scratch.ts";
import { keepContract } from "./keep.ts";
import { outboxRig } from "./outbox.ts";
import { providerContract } from "./provider.ts";

function freshFolder() {
  const folder = scratchFolder("outbox");
  return { folder, remove: async () => rmSync(folder, { recursive: true }) };
}

/** A database in memory, and as many stores on it as are asked for. */
function freshTables() {
  const connection = openFile(":memory:");
  migrate(connection);
  return { store: () => openStore(sqliteEngine(connection)), close: async () => void connection.close() };
}

keepContract("in files", async (clock) => {
  const { folder, remove } = freshFolder();
  const another = () => createFileKeep(folder, () => clock.now);
  return { keep: another(), another, clock, close: remove };
});

keepContract("in tables of better-sqlite3", async (clock) => {
  const { store, close } = freshTables();
  const another = () => createTableKeep(store(), () => clock.now);
  return { keep: another(), another, clock, close };
});

providerContract("outbox", async () => {
  const { folder, remove } = freshFolder();
  return outboxRig((clock) => createFileKeep(folder, clock), remove);
});

providerContract("outbox in tables", async () => {
  const { store, close } = freshTables();
  return outboxRig((clock) => createTableKeep(store(), clock), close);
});
