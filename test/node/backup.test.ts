import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { backup } from "../../src/node/backup.ts";
import { openContext } from "../../src/node/context.ts";
import { openWorld } from "../world.ts";

describe("a backup", () => {
  it("is a consistent copy with the key ring beside it, both for their owner only", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.join("ada@reader.example", "morning");
    const file = join(world.folder, "copy.db");
    const made = await backup(world.config, file);
    expect(made).toMatchObject({ file, keys: `${file}.keys`, bytes: statSync(file).size });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(made.keys).mode & 0o777).toBe(0o600);
    expect(readFileSync(made.keys)).toEqual(readFileSync(world.config.keys));
    expect(existsSync(`${file}-wal`)).toBe(false);
    const copy = new Database(file, { readonly: true });
    expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(copy.prepare("select email from subscribers").all()).toEqual([{ email: "ada@reader.example" }]);
    copy.close();
  });

  it("restored, honours the links of mails already sent", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.signUp("ada@reader.example", "morning");
    await world.drain();
    const file = join(world.folder, "copy.db");
    await backup(world.config, file);
    const [mail] = await world.mails("ada@reader.example");
    const link = mail?.links.find((url) => url.includes("/confirm/")) ?? "";
    const restored = await openContext(
      readConfig({
        TIDINGS_DATABASE: file,
        TIDINGS_KEYS: `${file}.keys`,
        TIDINGS_OUTBOX: join(world.folder, "other"),
        TIDINGS_LOG: "silent",
      }),
      { clock: () => world.clock.now },
    );
    const { confirm } = await import("../../src/subscription/confirm.ts");
    const token = link.slice(link.lastIndexOf("/") + 1);
    expect(await confirm(restored.ctx, { token })).toMatchObject({ outcome: "confirmed" });
    restored.close();
  });

  it("restored, gives nobody an id that the original gave out after it", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.signUp("ada@reader.example", "morning");
    const file = join(world.folder, "copy.db");
    await backup(world.config, file);
    await world.signUp("xavier@reader.example", "morning");
    await world.drain();
    const latest = (connection: Database.Database, table: string) =>
      (connection.prepare(`select seq from sqlite_sequence where name = ?`).get(table) as { seq: number }).seq;
    const original = new Database(world.config.database, { readonly: true });
    const copy = new Database(file, { readonly: true });
    for (const table of ["subscribers", "notices", "batches"]) {
      expect(latest(copy, table)).toBeGreaterThan(latest(original, table) + 900_000);
    }
    expect(latest(copy, "issues")).toBe(1_000_000);
    original.close();
    copy.close();
  });

  it("is whole while commits keep arriving", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    const file = join(world.folder, "copy.db");
    const signUps = Array.from({ length: 60 }, (_, n) => world.signUp(`reader${n}@reader.example`, "morning"));
    await Promise.all([...signUps, backup(world.config, file)]);
    const copy = new Database(file, { readonly: true });
    const count = (table: string) => (copy.prepare(`select count(*) n from ${table}`).get() as { n: number }).n;
    // Each sign-up is one commit: whatever the copy caught, it caught whole.
    expect(count("subscriptions")).toBe(count("subscribers"));
    expect(count("notices")).toBe(count("subscribers"));
    copy.close();
  });

  it("overwrites nothing", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "copy.db");
    writeFileSync(`${file}.keys`, "precious");
    await expect(backup(world.config, file)).rejects.toMatchObject({ code: "conflict" });
    expect(readFileSync(`${file}.keys`, "utf8")).toBe("precious");
    expect(existsSync(file)).toBe(false);
  });

  it("leaves nothing behind where it cannot be written, and says so", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "no/such/folder/copy.db");
    await expect(backup(world.config, file)).rejects.toMatchObject({ code: "invalid", details: { field: "FILE" } });
    const lost = { ...world.config, keys: join(world.folder, "gone") };
    const other = join(world.folder, "other.db");
    await expect(backup(lost, other)).rejects.toThrow();
    expect([other, `${other}.part`, `${other}.keys`].filter((path) => existsSync(path))).toEqual([]);
  });
});
