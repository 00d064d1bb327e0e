import { expect, test } from "vitest";
import { accepted, handClock, keepJournal, resultsOf, sendIssue, useFake } from "./rig.ts";

const rig = useFake();

/** A journal for which each mail takes so long. */
function slowly(clock: ReturnType<typeof handClock>, ms: number) {
  const kept = keepJournal();
  return {
    ...kept,
    came(place: number, accepted: boolean) {
      kept.came(place, accepted);
      clock.pass(ms);
    },
  };
}

test("a call begins no mail for whose answer it could not wait in full, so that it ends before its lease", async () => {
  const clock = handClock();
  const outcome = await sendIssue(rig.fake, 8, { timers: clock, journal: slowly(clock, 6_000) });
  // 55 seconds for the call, 30 of them for the last answer: the fifth mail begins after 24 seconds, the sixth would after 30.
  expect(resultsOf(outcome)).toEqual([...Array(5).fill("accepted"), ...Array(3).fill("later")]);
  expect(outcome).toMatchObject({ ended: { result: "retry", limited: true, after: 0 } });
  expect(await accepted(rig.fake)).toHaveLength(5);
});

test("a commit that takes too long keeps the mail back", async () => {
  const clock = handClock();
  const kept = keepJournal();
  const journal = {
    ...kept,
    async leaving(place: number) {
      if (place === 1) clock.pass(26_000);
      return kept.leaving(place);
    },
  };
  const outcome = await sendIssue(rig.fake, 3, { timers: clock, journal });
  expect(resultsOf(outcome)).toEqual(["accepted", "later", "later"]);
  expect(kept.told).toEqual(["leaving 0", "accepted 0", "leaving 1", "not 1"]);
  expect(await accepted(rig.fake)).toHaveLength(1);
});

test("with keys, where a late answer does no harm, a call goes on to its end", async () => {
  await rig.fake.set({ keys: true });
  const outcome = await sendIssue(rig.fake, 8, { knowsKeys: true, timers: handClock() });
  expect(outcome).toMatchObject({ result: "accepted" });
});
