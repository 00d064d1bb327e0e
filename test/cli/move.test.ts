import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { viewHeld } from "../../src/issue/release.ts";
import { freshToken, openBusy, openFresh } from "../transfer/places.ts";
import type { World } from "../world.ts";
import { play, settingsOf } from "./stage.ts";

/** A busy installation as of now, as the command line's own clock has it. */
const busy = () => openBusy(150, { now: Date.now() });

/** A world over a real socket. */
async function listen(world: World) {
  const app = createApp(world.ctx);
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function tokenFile(world: World, secret: string): string {
  const path = join(world.folder, "token");
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  return path;
}

describe("tidings move", () => {
  test("moves a database to a new file, tells what came, and what is to be done next", async () => {
    await using world = await busy();
    const settings = settingsOf(world);
    const to = join(world.folder, "new/tidings.db");
    const from = world.config.database;
    const asked = await play(["move", "--from", from, "--to", to, "--dry-run"], settings, {});
    expect([asked.code, asked.out]).toEqual([
      0,
      expect.stringMatching(/^Nothing stands in the way\. [\d,]+ rows would move/m),
    ]);
    const ran = await play(["move", "--from", from, "--to", to], settings, { draws: true });
    expect(ran.err).toContain("Copying while the source goes on to answer readers.");
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/^Moved [\d,]+ rows: both sides hold the same\.$/m)]);
    expect(ran.out).toMatch(/^subscribers +15\d +[0-9a-f]{16}$/m);
    expect(ran.drawn).toContainEqual(expect.stringMatching(/subscribers: 15\d of 15\d rows$/));
    expect(ran.drawn.at(-1)).toBe("");
    expect(ran.err).toContain("tidings instance release");
    expect(statSync(to).mode & 0o777).toBe(0o600);

    const there = { ...settings, TIDINGS_DATABASE: to };
    const released = await play(["instance", "release", "--yes"], there, {});
    expect([released.code, released.out]).toEqual([0, "Mails may leave again.\n"]);
    const shown = await play(["instance", "show", "--json"], settings, {});
    expect(JSON.parse(shown.out).instance.held.reason).toContain(`moved to ${to}`);
    const again = await play(["move", "--from", from, "--to", to], settings, {});
    expect([again.code, again.out]).toEqual([0, `${from} has moved to ${to} already.\n`]);
  });

  test("moves between a server and a database here, both ways, over HTTP", async () => {
    await using world = await busy();
    await using fresh = await openFresh(world);
    await using there = await listen(fresh);
    const settings = settingsOf(world);
    const secret = tokenFile(fresh, freshToken);
    const argv = ["move", "--from", world.config.database, "--to", there.url, "--to-token", secret, "--json"];
    const ran = await play(argv, settings, {});
    expect([ran.code, ran.err]).toEqual([0, ""]);
    const tables = JSON.parse(ran.out).tables as { name: string; rows: number; hash: string }[];
    expect(tables.find(({ name }) => name === "subscribers")?.rows).toBeGreaterThan(150);
    // Its own token and the source's both open it now.
    const released = await play(
      ["instance", "release", "--yes", "--server", there.url, "--token-file", secret],
      {},
      {},
    );
    expect(released.code).toBe(0);
    const home = join(world.folder, "home.db");
    const back = await play(["move", "--from", there.url, "--to", home], settings, {
      environment: { TIDINGS_TOKEN: world.firstToken ?? "" },
    });
    expect([back.code, back.out]).toEqual([0, expect.stringContaining("both sides hold the same")]);
  });

  test("stopped by Ctrl-C says that nothing leaves; the same command goes on, and --abandon gives it up", async () => {
    await using world = await busy();
    const settings = settingsOf(world);
    const argv = ["move", "--from", world.config.database, "--to", join(world.folder, "new.db")];
    const stop = new AbortController();
    const ran = play(argv, settings, { interrupt: stop.signal });
    while ((await viewHeld(world.ctx)).held === null) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect([(await ran).code, (await ran).err]).toEqual([
      130,
      expect.stringContaining("Nothing leaves from either side"),
    ]);
    const abandoned = await play([...argv, "--abandon"], settings, {});
    expect([abandoned.code, abandoned.out]).toEqual([
      0,
      expect.stringContaining("mails and answers readers as before"),
    ]);
    expect((await viewHeld(world.ctx)).held).toBeNull();
    const done = await play(argv, settings, {});
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("both sides hold the same")]);
  });

  test("a target that is gone can be left behind by a person's word alone", async () => {
    await using world = await busy();
    const settings = settingsOf(world);
    const from = world.config.database;
    await play(["move", "--from", from, "--to", join(world.folder, "new.db")], settings, {});
    const gone = ["move", "--from", from, "--abandon"];
    expect(
      (
        await play([...gone, "--to", "http://127.0.0.1:1"], settings, {
          environment: { TIDINGS_TOKEN: "x" },
          interrupt: AbortSignal.timeout(50),
        })
      ).code,
    ).not.toBe(0);
    const alone = await play([...gone, "--without-target"], settings, {});
    expect([alone.code, (await viewHeld(world.ctx)).held]).toEqual([0, null]);
    expect((await play(["move", "--from", from, "--without-target"], settings, {})).code).toBe(2);
    expect((await play([...gone, "--without-target"], settings, {})).code).toBe(5);
  });

  test("refuses with exit code 3 what does not fit, and makes no key ring of its own", async () => {
    await using world = await busy();
    const settings = settingsOf(world);
    const to = join(world.folder, "new.db");
    const keys = join(world.folder, "other-keys");
    const ran = await play(["move", "--from", world.config.database, "--to", to], settings, {});
    expect(ran.code).toBe(0);
    const missing = await play(["move", "--from", to, "--to", `${to}.2`], { ...settings, TIDINGS_KEYS: keys }, {});
    expect(missing.code).not.toBe(0);
    expect([existsSync(keys), existsSync(`${to}.2`)]).toEqual([false, false]);
    await sql`update instance set held = null`.execute(world.ctx.store.db);
    const self = await play(["move", "--from", world.config.database, "--to", world.config.database], settings, {});
    expect([self.code, self.err]).toEqual([3, expect.stringContaining("Both ends are the same installation.")]);
    expect((await play(["move", "--from", to], settings, {})).code).toBe(2);
  });
});

describe("tidings restore", () => {
  test("puts a backup back, held, and keeps what was there", async () => {
    await using world = await busy();
    const settings = settingsOf(world);
    const file = join(world.folder, "copy.db");
    expect((await play(["backup", file], settings, {})).code).toBe(0);
    const place = join(world.folder, "restored/tidings.db");
    const keys = join(world.folder, "restored/keys");
    const there = { ...settings, TIDINGS_KEYS: keys };
    const ran = await play(["restore", file, "--database", place], there, {});
    expect([ran.code, ran.out]).toEqual([0, `Put ${file} back as ${place}, with its key ring; both are checked.\n`]);
    expect(ran.err).toMatch(
      /No mail leaves now: this database was put back from the backup of .*\nWhat waits: 1 notice, 1 issue\.\n/,
    );
    expect(readFileSync(keys, "utf8")).toBe(readFileSync(world.config.keys, "utf8"));
    const again = await play(["restore", file, "--database", place], there, {});
    expect([again.code, again.err]).toEqual([5, expect.stringContaining("--force")]);
    const forced = await play(["restore", world.folder, "--database", place, "--force", "--json"], there, {});
    const done = JSON.parse(forced.out);
    expect(done).toMatchObject({ from: file, held: { kind: "backup" } });
    expect(done.aside).toHaveLength(1);
    expect(existsSync(done.aside[0])).toBe(true);
  });
});
