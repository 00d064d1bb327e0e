import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import { readInstance } from "../../src/instance/find.ts";
import { type Hold, holdMail } from "../../src/instance/hold.ts";
import { releaseMail } from "../../src/issue/release.ts";
import { tick } from "../../src/jobs.ts";
import { silent } from "../../src/log.ts";
import { backup } from "../../src/node/backup.ts";
import { type Opened, openContext } from "../../src/node/context.ts";
import { bearWitness, hearWitness } from "../../src/node/witness.ts";
import { scratchFolder } from "../world/scratch.ts";

const minute = 60_000;
const hour = 60 * minute;

let folder: string;
let config: Config;
let now: number;
let opened: Opened[];

beforeEach(() => {
  folder = scratchFolder("witness");
  config = readConfig({
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_OUTBOX: join(folder, "outbox"),
  });
  now = Date.UTC(2026, 10, 22, 8);
  opened = [];
});
afterEach(() => {
  for (const one of opened) one.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process on the database; `skew` puts its clock off by so many ms. */
async function start(skew = 0): Promise<Opened> {
  const one = await openContext(config, { clock: () => now + skew, log: silent });
  opened.push(one);
  return one;
}

function stop(one: Opened): void {
  one.close();
  opened.splice(opened.indexOf(one), 1);
}

/** What the server does once a minute. */
async function serveFor(one: Opened, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    now += minute;
    await tick(one.ctx);
    await bearWitness(one.ctx);
  }
}

const held = async ({ ctx }: Opened): Promise<Hold | null> => (await readInstance(ctx)).held;
const witness = () => JSON.parse(readFileSync(`${config.database}.seen`, "utf8")) as { uid: string; seenAt: number };

/** A plain copy of the file as it is now, as a snapshot of the disk makes it. */
function snapshot(): string {
  const path = join(folder, "copy.db");
  const source = new Database(config.database);
  source.pragma("wal_checkpoint(TRUNCATE)");
  source.close();
  copyFileSync(config.database, path);
  return path;
}

/** A server's database put back to how it was an hour before. */
async function loseAnHour(): Promise<void> {
  const server = await start();
  await serveFor(server, 1);
  const copy = snapshot();
  await serveFor(server, 60);
  stop(server);
  putBack(copy);
}

function putBack(path: string): void {
  for (const end of ["-wal", "-shm"]) rmSync(`${config.database}${end}`, { force: true });
  renameSync(path, config.database);
}

describe("a normal installation is never held", () => {
  test("whenever it is stopped and started again, however long it was down", async () => {
    let server = await start();
    for (const down of [0, minute, 7 * hour, 400 * 24 * hour]) {
      await serveFor(server, 3);
      stop(server);
      now += down;
      server = await start();
      expect(await held(server)).toBeNull();
    }
  });

  test("where it is killed between any two steps of a tick", async () => {
    const first = await start();
    await serveFor(first, 2);
    // Killed behind the commit, before the note.
    now += 30 * minute;
    await tick(first.ctx);
    stop(first);
    const second = await start();
    expect(await held(second)).toBeNull();
    // Killed in the middle of writing the note.
    stop(second);
    writeFileSync(`${config.database}.seen.4711`, '{"uid":"');
    expect(await held(await start())).toBeNull();
    // A disk that lost the note's content, or all of it.
    for (const text of ["", '{"uid":"', "null", "[]", '{"uid":1,"seenAt":"x"}']) {
      writeFileSync(`${config.database}.seen`, text);
      expect(await held(await start())).toBeNull();
    }
    rmSync(`${config.database}.seen`);
    expect(await held(await start())).toBeNull();
  });

  test("with two servers on one database, started and stopped at any time", async () => {
    const first = await start();
    await serveFor(first, 1);
    now += 9 * hour;
    // The second starts and ticks while the first, whose last note is old, has not looked yet.
    const second = await start();
    await Promise.all([tick(first.ctx), tick(second.ctx)]);
    await Promise.all([bearWitness(second.ctx), bearWitness(first.ctx)]);
    expect(await held(first)).toBeNull();
    stop(first);
    await serveFor(second, 10);
    expect(await held(await start())).toBeNull();
  });

  test("where another server notes the time between a start's look at the database and at the note", async () => {
    const server = await start();
    await serveFor(server, 1);
    const starting = await start();
    now += 9 * hour;
    const { db } = starting.ctx.store;
    const slow = new Proxy(db, {
      get: (target, key) => (key === "selectFrom" ? () => lookingSlowly : Reflect.get(target, key)),
    });
    const lookingSlowly = {
      select: () => ({
        async executeTakeFirstOrThrow() {
          const row = await db.selectFrom("instance").selectAll().executeTakeFirstOrThrow();
          await tick(server.ctx);
          await bearWitness(server.ctx);
          return row;
        },
      }),
    };
    await hearWitness({ ...starting.ctx, store: { ...starting.ctx.store, db: slow } });
    expect(witness().seenAt).toBe(now);
    expect(await held(starting)).toBeNull();
  });

  test("with commands beside the server, whose note is up to a minute old", async () => {
    const server = await start();
    await serveFor(server, 5);
    for (const later of [0, 1_000, 59_000]) {
      now += later;
      const command = await start();
      expect(await held(command)).toBeNull();
      stop(command);
    }
  });

  test.each([1_000, 30_000, 10 * minute])("where its clock is put back by %i ms", async (by) => {
    const server = await start();
    await serveFor(server, 5);
    now -= by;
    await tick(server.ctx);
    await bearWitness(server.ctx);
    expect(await held(server)).toBeNull();
    stop(server);
    expect(await held(await start())).toBeNull();
  });

  test("where a new database is made beside an old note", async () => {
    const server = await start();
    await serveFor(server, 5);
    stop(server);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${config.database}${end}`, { force: true });
    rmSync(config.keys);
    now -= hour;
    expect(await held(await start())).toBeNull();
  });
});

describe("a database that was put back is held at its next start", () => {
  test("as the snapshot of a disk, and says since when it lacks what happened", async () => {
    await loseAnHour();
    now += minute;
    expect(await held(await start())).toMatchObject({
      kind: "restored",
      reason:
        "this database was last in use at 2026-11-22 08:01 UTC, but a server worked on it until 2026-11-22 09:01 UTC: an older copy was put back.",
    });
  });

  test("from before any server ran on it", async () => {
    const first = await start();
    const copy = snapshot();
    await serveFor(first, 1);
    stop(first);
    putBack(copy);
    expect(await held(await start())).toMatchObject({
      kind: "restored",
      reason: expect.stringContaining("before a server first ran"),
    });
  });

  test("a second time too, once it was released", async () => {
    const server = await start();
    await serveFor(server, 1);
    const [copy, older] = [snapshot(), join(folder, "older.db")];
    copyFileSync(copy, older);
    await serveFor(server, 60);
    stop(server);
    putBack(copy);
    const again = await start();
    const hold = await held(again);
    expect(hold).not.toBeNull();
    await releaseMail(again.ctx, { at: hold?.at ?? 0, dropNotices: true });
    await serveFor(again, 5);
    stop(again);
    expect(await held(await start())).toBeNull();
    for (const one of [...opened]) stop(one);
    putBack(older);
    expect(await held(await start())).toMatchObject({ kind: "restored" });
  });

  test("and stays held over restarts and ticks until a person releases it", async () => {
    await loseAnHour();
    const one = await start();
    const hold = await held(one);
    await serveFor(one, 10);
    stop(one);
    const next = await start();
    expect(await held(next)).toEqual(hold);
    await releaseMail(next.ctx, { at: hold?.at ?? 0, dropNotices: true });
    expect(await held(next)).toBeNull();
    stop(next);
    expect(await held(await start())).toBeNull();
  });

  test("as a backup, also where no note lies beside it, whatever was held when it was made", async () => {
    const server = await start();
    await serveFor(server, 1);
    const file = join(folder, "backup.db");
    await backup(config, file);
    expect(await held(server)).toBeNull();
    await holdMail(server.ctx, { kind: "clock", reason: "the clock went back." });
    const other = join(folder, "other.db");
    await backup(config, other);
    stop(server);
    rmSync(`${config.database}.seen`);
    for (const copy of [file, other]) {
      putBack(copy);
      const one = await start();
      expect(await held(one)).toMatchObject({
        kind: "backup",
        reason: expect.stringMatching(
          /^this database was put back from the backup of \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
        ),
      });
      stop(one);
    }
  });
});

describe("a clock that went back far", () => {
  test("holds all mails at the next start; released, the next start and tick believe it", async () => {
    const server = await start();
    await serveFor(server, 5);
    stop(server);
    now -= 3 * hour;
    const one = await start();
    const hold = await held(one);
    expect(hold).toMatchObject({ kind: "clock" });
    await releaseMail(one.ctx, { at: hold?.at ?? 0, dropNotices: false });
    stop(one);
    // The note beside it is of the clock that was wrong.
    expect(witness().seenAt).toBeGreaterThan(now + hour);
    const next = await start();
    expect(await held(next)).toBeNull();
    await serveFor(next, 1);
    expect(await held(next)).toBeNull();
    expect(witness().seenAt).toBe(now);
  });
});

describe("the note beside the database", () => {
  test("never tells a later time than the database has made durable, and is its owner's alone", async () => {
    const server = await start();
    for (let time = 0; time < 5; time += 1) {
      await serveFor(server, 1);
      const reader = new Database(config.database, { readonly: true });
      const seen = reader.prepare("select seen_at from instance").pluck().get();
      reader.close();
      expect(witness().seenAt).toBeLessThanOrEqual(Number(seen));
    }
    expect(statSync(`${config.database}.seen`).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.includes(".seen"))).toEqual(["tidings.db.seen"]);
  });

  test("that cannot be written is logged, and nothing else happens", async () => {
    const said: string[] = [];
    const one = await openContext(config, {
      clock: () => now,
      log: { info() {}, error: (event) => said.push(event) },
    });
    opened.push(one);
    const gone = { ...one.ctx, config: { ...config, database: join(folder, "nowhere", "tidings.db") } };
    await bearWitness(gone);
    expect(said).toEqual(["witness not written"]);
    expect(existsSync(`${config.database}.seen`)).toBe(false);
  });
});
