import { expect, test } from "vitest";
import { ownDatabase } from "./database.ts";

test("a database is opened durable, with foreign keys, with patience, and overwriting what is deleted (REL-12, SEC-28)", () => {
  using own = ownDatabase();
  const pragma = (name: string) => own.connection.pragma(name, { simple: true });
  expect({
    journal: pragma("journal_mode"),
    synchronous: pragma("synchronous"),
    foreignKeys: pragma("foreign_keys"),
    secureDelete: pragma("secure_delete"),
    patience: pragma("busy_timeout"),
  }).toEqual({ journal: "wal", synchronous: 2, foreignKeys: 1, secureDelete: 1, patience: 5_000 });
});
