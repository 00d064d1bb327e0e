import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { claimIssueBatch } from "../../src/delivery/claim.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { settleAccepted } from "../../src/delivery/settle.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { setHold } from "../../src/instance/hold.ts";
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
    await stage.world.ctx.store.commit(setHold({ kind: "clock", reason: "the clock went back.", at: Date.now() }));
    const { out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(/all mails are held +the clock went back\./);
    expect(err).toContain("tidings instance release");
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
