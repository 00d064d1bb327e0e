import { describe, expect, test } from "vitest";
import { claimIssueBatch, leaseMs } from "../../src/delivery/claim.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { markRunning } from "../../src/node/running.ts";
import { addReaders, openStage, type Stage } from "./stage.ts";

/** An issue of three readers that is being sent, planned and not yet paid. */
async function sending(): Promise<Stage> {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  await stage.world.send("morning", "one");
  while (await planSlice(stage.world.ctx));
  return stage;
}

async function statusOf(stage: Stage): Promise<string> {
  return (await stage.json("issue", "status", "morning/one")).issue.status;
}

describe("tidings issue pause and resume", () => {
  test("stop a send and go on with it to its end", async () => {
    await using stage = await sending();
    const paused = await stage.tidings(["issue", "pause", "morning/one"]);
    expect(paused).toMatchObject({ code: 0, out: expect.stringContaining("Paused morning/one.") });
    expect(paused.out).toContain("3 = 0 accepted + 0 failed + 0 skipped + 0 in doubt + 3 open");
    expect(paused.err).toBe("Go on with: tidings issue resume morning/one\n");
    expect((await stage.tidings(["issue", "status", "morning/one"])).out).toMatch(
      /stopped because +somebody paused it/,
    );
    const resumed = await stage.tidings(["issue", "resume", "morning/one"]);
    expect(resumed.err).toContain("Going on with morning/one, which was paused.");
    expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining("Sent morning/one to 3 of 3 readers.") });
  });

  test("say that nothing changes where nothing does", async () => {
    await using stage = await sending();
    await stage.tidings(["issue", "pause", "morning/one"]);
    const again = await stage.tidings(["issue", "pause", "morning/one"]);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("morning/one was paused already.") });
  });

  test("tell of a batch in flight", async () => {
    await using stage = await sending();
    await claimIssueBatch(stage.world.ctx);
    const { err } = await stage.tidings(["issue", "pause", "morning/one"]);
    expect(err).toContain("1 batch is in flight and will finish");
  });

  test("refuse what makes no sense, with what does: exit code 5", async () => {
    await using stage = await sending();
    await stage.world.drain();
    for (const verb of ["pause", "resume", "cancel"]) {
      const { code, err } = await stage.tidings(["issue", verb, "morning/one"]);
      expect([code, err.includes("morning/one was sent")]).toEqual([5, true]);
    }
  });
});

describe("tidings issue cancel", () => {
  test("pauses, asks for the number of open mails, and ends the issue", async () => {
    await using stage = await sending();
    const { code, out, err } = await stage.tidings(["issue", "cancel", "morning/one"], { answers: ["3"] });
    expect(err).toContain("Paused, so that nothing more leaves while you decide.");
    expect(err).toContain("Type the number of open mails (3) to cancel for good: ");
    expect([code, out.split("\n")[0]]).toEqual([0, "Cancelled morning/one; 0 of 3 readers had it by then."]);
    expect(out).toMatch(/skipped +3 readers: cancelled/);
    expect(await statusOf(stage)).toBe("cancelled");
  });

  test.each([
    ["2", 2],
    ["", 2],
    ["morning/one", 2],
    ["^C", 130],
  ])('cancels nothing for "%s", and says that it stays paused', async (typed, exit) => {
    await using stage = await sending();
    const { code, out, err } = await stage.tidings(["issue", "cancel", "morning/one"], { answers: [typed] });
    expect([code, out]).toEqual([exit, ""]);
    expect(err).toContain("It stays paused; go on with: tidings issue resume morning/one");
    expect(await statusOf(stage)).toBe("paused");
  });

  test("without a terminal wants --yes, and touches nothing before", async () => {
    await using stage = await sending();
    expect((await stage.tidings(["issue", "cancel", "morning/one"])).code).toBe(2);
    expect(await statusOf(stage)).toBe("sending");
    const done = await stage.json("issue", "cancel", "morning/one", "--yes");
    expect(done).toMatchObject({ cancelled: true, issue: { status: "cancelled" }, sums: { skipped: 3, open: 0 } });
    const again = await stage.tidings(["issue", "cancel", "morning/one"]);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("was cancelled already") });
  });
});

describe("a batch in the hands of a process that has ended", () => {
  /** A lease that ends in so many ms, held by nobody who lives. */
  async function abandoned(leaseLeft: number): Promise<Stage> {
    const stage = await sending();
    stage.world.clock.now = Date.now() - leaseMs + leaseLeft;
    await claimIssueBatch(stage.world.ctx);
    return stage;
  }

  test("is not promised to finish by a cancel: it says when the lease ends, and what settles it then", async () => {
    await using stage = await abandoned(45_000);
    const { code, err } = await stage.tidings(["issue", "cancel", "morning/one", "--yes"]);
    expect(code).toBe(0);
    expect(err).toMatch(/No server runs here; if that process has ended, its lease ends at \d\d:\d\d:\d\d UTC\./);
    expect(err).toContain("Settle then what is left with: tidings issue cancel morning/one (any server does so too)");
    const status = await stage.tidings(["issue", "status", "morning/one"]);
    expect(status.err).toBe(err);
    const unmark = markRunning(stage.world.config.database, "http://127.0.0.1:1");
    const served = await stage.tidings(["issue", "status", "morning/one"]);
    unmark();
    expect(served.err).toMatch(/^1 batch is in flight and will finish; .* the server settles that after/);
  });

  test("is settled once its lease is over, and the status of the cancelled issue says by what", async () => {
    await using stage = await abandoned(45_000);
    await stage.tidings(["issue", "cancel", "morning/one", "--yes"]);
    await stage.world.ctx.store.db
      .updateTable("batches")
      .set({ due_at: Date.now() - 1 })
      .where("state", "=", "claimed")
      .execute();
    const { out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(/^left behind +1 batch$/m);
    expect(err).toContain("3 mails of it have no end yet");
    expect(err).toContain("Settle that with: tidings issue cancel morning/one");
    const again = await stage.tidings(["issue", "cancel", "morning/one"]);
    expect(again).toMatchObject({ code: 0, err: "", out: expect.stringContaining("3 skipped") });
  });

  test("shows until when a send waits for it, and no rate meanwhile", async () => {
    await using stage = await abandoned(5_000);
    const { code, drawn } = await stage.tidings(["issue", "send", "morning/one"], { draws: true });
    expect(code).toBe(0);
    const waiting = drawn.filter((line) => line.includes("waits until"));
    expect(waiting.at(-1)).toMatch(/0 of 3 accepted · waits until \d\d:\d\d:\d\d UTC$/);
  });
});

describe("tidings issue retry --failed", () => {
  test("sends again what failed, and says how many", async () => {
    await using stage = await sending();
    stage.world.fault = () => ({ result: "rejected", reason: "no such mailbox" });
    await stage.world.drain();
    const status = await stage.tidings(["issue", "status", "morning/one"]);
    expect(status.err).toContain("Try the failed ones again with: tidings issue retry --failed morning/one");
    const { code, out, err } = await stage.tidings(["issue", "retry", "--failed", "morning/one"]);
    expect(err).toContain("Sending 3 failed mails of morning/one again.");
    expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/one to 3 of 3 readers."]);
    const again = await stage.json("issue", "retry", "--failed", "morning/one");
    expect(again).toMatchObject({ retried: 0, sums: { accepted: 3 } });
  });

  test("wants to be told what, and refuses what was cancelled", async () => {
    await using stage = await sending();
    expect(await stage.tidings(["issue", "retry", "morning/one"])).toMatchObject({ code: 2 });
    await stage.tidings(["issue", "cancel", "morning/one", "--yes"]);
    expect(await stage.tidings(["issue", "retry", "--failed", "morning/one"])).toMatchObject({ code: 5 });
  });
});
