import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { claimIssueBatch } from "../../src/delivery/claim.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { settleAccepted } from "../../src/delivery/settle.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { setHold } from "../../src/instance/hold.ts";
import { markRunning } from "../../src/node/running.ts";
import { serve } from "../../src/node/serve.ts";
import { addReaders, issueFile, openStage, type Stage } from "./stage.ts";

const watch = ["issue", "status", "morning/one", "--watch"];

/** An issue of three readers that is being sent, planned and not yet paid; its clock is the machine's. */
async function sending(): Promise<Stage> {
  const stage = await openStage({ now: Date.now() - 1_000 });
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  await stage.world.send("morning", "one");
  while (await planSlice(stage.world.ctx));
  return stage;
}

/** An issue of which one mail has left, as many as may in an hour; its clock is the machine's. */
async function limited(): Promise<Stage> {
  const stage = await sending();
  await stage.world.instance({ hourlyLimit: 1 });
  stage.world.clock.now = Date.now();
  await stage.world.drain();
  return stage;
}

async function scheduled(at: string): Promise<Stage> {
  const stage = await openStage({ instance: { timeZone: "Europe/Kyiv" } });
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 1);
  await stage.tidings(["issue", "schedule", stage.file("one.md", issueFile("one")), "--at", at, "--yes"]);
  return stage;
}

/** Ctrl-C in the moment that somebody listens for it. */
function pressedAtOnce(): AbortSignal {
  const pressed = new AbortController();
  const { signal } = pressed;
  const listen = signal.addEventListener.bind(signal);
  return Object.assign(signal, {
    addEventListener: (type: "abort", react: () => void) => {
      listen(type, react);
      pressed.abort();
    },
  });
}

describe("tidings issue status --watch", () => {
  test("says that nobody is sending, and how to go on: exit code 4", async () => {
    await using stage = await sending();
    const { code, out, err } = await stage.tidings(watch);
    expect([code, out.split("\n")[0]]).toEqual([
      4,
      "Nobody is sending morning/one: no server runs on this database, and no process holds a mail of it.",
    ]);
    expect(err).toContain("Go on with: tidings issue send morning/one");
    const status = await stage.tidings(["issue", "status", "morning/one"]);
    expect(status.err).toContain("No server runs on this database, and no process holds a mail of morning/one.");
  });

  test("looks on while another process holds a batch, and ends when the issue does", async () => {
    await using stage = await sending();
    const claim = await claimIssueBatch(stage.world.ctx);
    if (claim === null) throw new Error("nothing to claim");
    await freeze(stage.world.ctx, claim, { hash: "h" });
    const watched = stage.tidings(watch, { draws: true });
    const members = (JSON.parse(claim.members) as [number][]).map(([id]) => [id, "id"] as const);
    await settleAccepted(stage.world.ctx, claim, members);
    await stage.world.drain();
    const { code, out, drawn } = await watched;
    expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/one to 3 of 3 readers."]);
    expect(drawn.join("\n")).toContain("3 of 3 accepted");
  });

  test("of an issue at its limit shows the reason at once, and until when it waits", async () => {
    await using stage = await limited();
    const { code, out, err, drawn } = await stage.tidings(watch, { draws: true });
    expect(err.split("\n")[0]).toMatch(/^Waiting until \d\d:\d\d:\d\d UTC: the limit of 1 mail/);
    expect(drawn.join("\n")).toMatch(/1 of 3 accepted · waits until \d\d:\d\d:\d\d UTC/);
    expect([code, out]).toEqual([4, expect.stringContaining("It can go on at ")]);
    expect(err).toContain("Go on then with: tidings issue send morning/one");
  });

  test("detached by Ctrl-C, it says truly whether anything goes on", async () => {
    await using stage = await sending();
    await claimIssueBatch(stage.world.ctx);
    const { code, err } = await stage.tidings(watch, { interrupt: pressedAtOnce() });
    expect(code).toBe(130);
    expect(err).toContain("0 of 3 mails accepted, 3 still to go; no server runs here; 1 batch is in the hands of");
    expect(err).toContain("go on with: tidings issue send morning/one");
  });

  test("where a server runs, that one goes on", async () => {
    await using stage = await sending();
    await stage.tidings(["issue", "pause", "morning/one"]);
    const running = await serve(readConfig({ ...stage.environment, TIDINGS_PORT: "0", TIDINGS_LOG: "silent" }));
    try {
      const paused = await stage.tidings(watch);
      expect([paused.code, paused.err]).toEqual([4, expect.stringContaining("tidings issue resume morning/one")]);
      stage.world.clock.now = Date.now();
      await stage.world.send("morning", "two");
      const { code, out } = await stage.tidings(["issue", "status", "--watch"]);
      expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/two to 3 of 3 readers."]);
    } finally {
      await running.stop();
    }
  });

  test("of a scheduled issue it says when it begins, and that no server is there to begin it", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    await addReaders(stage.world, "morning", 1);
    const file = stage.file("one.md", issueFile("one"));
    await stage.tidings(["issue", "schedule", file, "--at", "tomorrow 7:30", "--yes"]);
    const { code, out, err } = await stage.tidings(watch);
    expect([code, out]).toEqual([4, expect.stringContaining("but no server runs on this database")]);
    expect(err).toContain("tidings serve");
  });

  test("without a name it watches the only one, and asks for a name otherwise", async () => {
    await using stage = await openStage();
    expect(await stage.tidings(["issue", "status", "--watch"])).toMatchObject({ code: 2 });
  });
});

describe("tidings issue status", () => {
  test("says that all mails are held, and how to let them go", async () => {
    await using stage = await sending();
    await stage.world.send("morning", "two");
    await stage.world.ctx.store.commit(setHold({ kind: "clock", reason: "the clock went back.", at: Date.now() }));
    const { out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(/all mails are held +the clock went back\./);
    // Sending on would be refused, so it is no advice; and that on what holds all issues is told once.
    const advice = "Look at what waits, and let it go, with: tidings instance release\n";
    expect(err).toBe(advice);
    expect((await stage.tidings(["issue", "status"])).err).toBe(advice);
    const watched = await stage.tidings(watch);
    expect([watched.code, watched.err.match(/tidings instance release/g)?.length]).toEqual([4, 1]);
    expect(watched.err).not.toContain("tidings issue send");
  });

  test("of an issue at its limit says until when, and advises no sending before", async () => {
    await using stage = await limited();
    const { out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(/^waits until +\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC$/m);
    expect(out).toMatch(/^waits because +the limit of 1 mail/m);
    expect(err).toContain("It can go on at ");
    expect(err).not.toContain("go on with:");
  });

  test("of a scheduled issue tells when in the house's zone, how far off, and who begins it", async () => {
    await using stage = await scheduled("in 2h");
    const { out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(
      /^scheduled for +\w{3} \d+ \w{3} \d{4}, [\d:]+ Europe\/Kyiv \(.*UTC\), in (?:2 h|1 h \d+ min)$/m,
    );
    expect(err).toContain("No server runs on this database: the issue begins only once one does (tidings serve)");
    const unmark = markRunning(stage.world.config.database, "http://127.0.0.1:1");
    const served = await stage.tidings(["issue", "status", "morning/one"]);
    unmark();
    expect(served.err).toBe("The server at http://127.0.0.1:1 begins it by itself.\n");
  });

  test("of one whose time has passed tells that, and what begins it", async () => {
    await using stage = await scheduled("in 2h");
    await stage.world.ctx.store.db
      .updateTable("issues")
      .set({ scheduled_at: Date.now() - 600_000 })
      .execute();
    const { out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(/^scheduled for .* UTC\), 10 min(?: 1 s)? ago$/m);
    expect(err).toContain("a server begins it (tidings serve), or: tidings issue send morning/one");
    const watched = await stage.tidings(watch, { draws: true });
    expect([watched.code, watched.out]).toEqual([
      4,
      expect.stringMatching(/^morning\/one was to begin .*Kyiv.* ago\.$/m),
    ]);
    expect(watched.err).toContain("or: tidings issue send morning/one");
    expect(watched.drawn.join("\n")).toContain("Was to begin at ");
    const gone = await stage.tidings(watch, { interrupt: pressedAtOnce() });
    expect([gone.code, gone.err]).toEqual([130, expect.stringContaining("it was to begin at ")]);
  });

  test("--verify counts every mail anew", async () => {
    await using stage = await sending();
    const { code, out } = await stage.tidings(["issue", "status", "morning/one", "--verify"]);
    expect([code, out.split("\n")[0]]).toEqual([0, "morning/one adds up: 3 mails counted one by one."]);
  });

  test("--verify shows both figures where they differ: exit code 7", async () => {
    await using stage = await sending();
    await stage.world.ctx.store.db.updateTable("batches").set({ size: 2 }).where("lane", "=", 1).execute();
    const { code, out, err } = await stage.tidings(["issue", "status", "morning/one", "--verify"]);
    expect([code, out.split("\n")[0]]).toEqual([7, "morning/one does not add up."]);
    expect(out).toMatch(/by the sums +2 = 0 accepted/);
    expect(out).toMatch(/one by one +3 = 0 accepted/);
    expect(out).toMatch(/batch \d+ +2 by its size, 3 by its members/);
    expect(err).toContain("This is a bug in Tidings");
    expect((await stage.tidings(["issue", "status", "morning/one", "--verify", "--json"])).code).toBe(7);
  });

  test("--reader tells what became of one mail", async () => {
    await using stage = await sending();
    await stage.world.drain();
    const { out } = await stage.tidings(["issue", "status", "morning/one", "--reader", "reader0@example.org"]);
    expect(out).toMatch(/^state +accepted$/m);
    expect(out).toMatch(/^provider's id +\S+$/m);
    await stage.world.join("late@example.org", "morning");
    const late = await stage.tidings(["issue", "status", "morning/one", "--reader", "late@example.org"]);
    expect(late).toMatchObject({ code: 0, out: expect.stringContaining("was owed to late@example.org") });
    const nobody = await stage.tidings(["issue", "status", "morning/one", "--reader", "nobody@example.org"]);
    expect(nobody.code).toBe(1);
  });

  test.each([[["--watch", "--verify"]], [["--verify"]], [["--reader", "ada@example.org"]]])(
    "flags that make no sense are refused: %j",
    async (flags) => {
      await using stage = await openStage();
      expect(await stage.tidings(["issue", "status", ...flags])).toMatchObject({ code: 2 });
    },
  );
});
