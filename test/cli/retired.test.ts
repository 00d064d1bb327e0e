import { describe, expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { day } from "../world.ts";
import { addReaders, openStage, type Stage } from "./stage.ts";

const date = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;
const deleted = new RegExp(`deleted on ${date}, as instance set --keep-ledger-days says; its sums stay`);

/** An issue of long ago, of which the first mail has failed, and only its sums are kept. */
async function retired(): Promise<Stage> {
  const stage = await openStage({ now: Date.now() - 200 * day });
  const { world } = stage;
  await world.newsletter("morning");
  await addReaders(world, "morning", 3);
  await world.send("morning", "one");
  await world.drain();
  const beside = world.beside();
  await beside.exec(`update batches set size = 2 where lane = 1;
    update deliveries set state = 'failed', reason = 'refused' where subscriber = (select min(subscriber) from deliveries)`);
  beside.close();
  await world.instance({ keepLedgerDays: 90 });
  world.advance(91 * day);
  expect(await tick(world.ctx)).toMatchObject({ deliveries: 3 });
  return stage;
}

describe("an issue of which only the sums are kept", () => {
  test("shows them, says where the rest has gone, and proposes nothing that cannot be done", async () => {
    await using stage = await retired();
    const { code, out, err } = await stage.tidings(["issue", "status", "morning/one"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("recipients   ");
    expect(out).toContain("3 = 2 accepted + 1 failed + 0 skipped + 0 in doubt + 0 open");
    expect(out).toMatch(/^failed +1 reader: refused$/m);
    expect(out).toMatch(new RegExp(`^who got it +${deleted.source}$`, "m"));
    const { issue, sums } = await stage.json("issue", "status", "morning/one");
    expect(issue.retiredAt).toMatch(/^\d{4}-.*Z$/);
    expect(sums).toMatchObject({ planned: 3, accepted: 2, failed: 1 });
  });

  test("--verify has nothing to count, which is no fault", async () => {
    await using stage = await retired();
    const { code, out, err } = await stage.tidings(["issue", "status", "morning/one", "--verify"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Nothing of morning\/one is left to be counted one by one\.\n/);
    expect(out).toContain("3 = 2 accepted + 1 failed");
    expect(out).toMatch(deleted);
    const json = await stage.json("issue", "status", "morning/one", "--verify");
    expect(json).toMatchObject({ ok: true, counted: null, summed: { planned: 3 }, sizes: [] });
  });

  test("--reader says that it is not known any more, and not that nothing was owed", async () => {
    await using stage = await retired();
    const argv = ["issue", "status", "morning/one", "--reader", "reader0@example.org"];
    const { code, out } = await stage.tidings(argv);
    expect(code).toBe(0);
    expect(out).toMatch(/^What became of the mail of morning\/one to reader0@example\.org is not known any more/);
    expect(await stage.json(...argv)).toMatchObject({ delivery: null, retiredAt: expect.stringMatching(/Z$/) });
  });

  test("retry is refused with the reason, and so is a second send, without a hint that leads nowhere", async () => {
    await using stage = await retired();
    const retry = await stage.tidings(["issue", "retry", "--failed", "morning/one"]);
    expect(retry.code).toBe(5);
    expect(retry.err).toMatch(
      new RegExp(`morning/one is only known by its sums: who got it was deleted on ${date}\\.`),
    );
    expect(retry.err).toContain("tidings instance show");
    const resolve = await stage.tidings([
      "issue",
      "resolve",
      "morning/one",
      "--in-doubt",
      "sent",
      "--yes",
      "--expect",
      "1",
    ]);
    expect([resolve.code, resolve.err]).toEqual([5, expect.stringContaining("is only known by its sums")]);
    const again = await stage.tidings(["issue", "send", "morning/one"]);
    expect([again.code, again.err.includes("retry --failed")]).toEqual([5, false]);
    expect(again.err).toContain("to 2 of 3 readers");
  });

  test("what was in doubt of a cancelled one is shown, without a decision to be made", async () => {
    await using stage = await openStage({ now: Date.now() - 200 * day });
    const { world } = stage;
    await world.newsletter("morning");
    await addReaders(world, "morning", 3);
    await world.send("morning", "one");
    world.fault = () => ({ result: "conflict", reason: "the key stands for other mails" });
    await world.drain();
    await stage.tidings(["issue", "cancel", "morning/one", "--yes"]);
    const beside = world.beside();
    await beside.exec(`update issues set finished_at = ${world.clock.now}`);
    beside.close();
    await world.instance({ keepLedgerDays: 35 });
    world.advance(36 * day);
    await tick(world.ctx);
    const shown = await stage.tidings(["issue", "resolve", "morning/one", "--list"]);
    expect(shown.out).toContain("3 mails of morning/one are in doubt");
    expect(shown.err).toMatch(deleted);
    expect(shown.err).not.toContain("--in-doubt");
    const decided = await stage.tidings(["issue", "resolve", "morning/one", "--in-doubt", "sent"], { answers: [] });
    expect([decided.code, decided.err]).toEqual([5, expect.stringContaining("is only known by its sums")]);
    expect(decided.err).not.toContain("Type the number");
  });
});

describe("tidings instance set --keep-ledger-days", () => {
  test("is for ever unless set, and again with none", async () => {
    await using stage = await openStage();
    expect((await stage.tidings(["instance", "show"])).out).toMatch(/^ledger kept +for ever$/m);
    const set = await stage.tidings(["instance", "set", "--keep-ledger-days", "90"]);
    expect([set.code, set.out]).toEqual([0, expect.stringMatching(/^ledger kept +90 days$/m)]);
    expect((await stage.json("instance", "show")).instance.keepLedgerDays).toBe(90);
    expect((await stage.json("instance", "set", "--keep-ledger-days", "none")).instance.keepLedgerDays).toBe(null);
  });

  test.each(["34", "3651", "0", "many"])("refuses %s: reports come in for 35 days", async (days) => {
    await using stage = await openStage();
    const { code, err } = await stage.tidings(["instance", "set", "--keep-ledger-days", days]);
    expect([code, err]).toEqual([2, expect.stringMatching(/--keep-ledger-days must be/)]);
    expect((await stage.json("instance", "show")).instance.keepLedgerDays).toBe(null);
  });
});
