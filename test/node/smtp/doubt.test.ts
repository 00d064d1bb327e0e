import { expect, test } from "vitest";
import type { Fault } from "../../fakes/smtp/faults.ts";
import { issue, readers } from "../../provider/samples.ts";
import { accepted, handClock, keepJournal, resultsOf, sendIssue, smtpTo, struck, useFake } from "./rig.ts";

const rig = useFake();
const second = "leserin1@post1.tld";

/** REL-01: what happens between the final dot and its answer leaves one mail in doubt, whichever way it went. */
const rows: readonly (readonly [what: string, fault: Fault, arrived: number])[] = [
  ["accepted and then dropped", { at: "dot", kind: "drop", accept: true, to: second }, 2],
  ["dropped before it was accepted", { at: "dot", kind: "drop", to: second }, 1],
  ["dropped before its end was read", { at: "body", kind: "drop", to: second }, 1],
  ["accepted and answered with garbage", { at: "dot", kind: "reply", text: "queued!", accept: true, to: second }, 2],
  ["accepted and answered 354", { at: "dot", kind: "reply", text: "354 more", accept: true, to: second }, 2],
  [
    "accepted and answered with half a reply",
    { at: "dot", kind: "bye", text: "250-2.0.0 Ok", accept: true, to: second },
    2,
  ],
];

for (const pipelining of [true, false]) {
  for (const [what, fault, arrived] of rows) {
    test(`a mail ${what} is the only one in doubt, ${pipelining ? "with" : "without"} PIPELINING`, async () => {
      await rig.fake.set({ pipelining });
      await rig.fake.fault(fault);
      const journal = keepJournal();
      const outcome = await sendIssue(rig.fake, 4, { journal });
      expect(resultsOf(outcome)).toEqual(["accepted", "unsure", "later", "later"]);
      expect(outcome).toMatchObject({ ended: { result: "retry", reason: expect.stringMatching(/\w/) } });
      expect(await accepted(rig.fake)).toHaveLength(arrived);
      // Neither accepted nor not: the journal goes on saying that it is on its way.
      expect(journal.told).toEqual(["leaving 0", "accepted 0", "leaving 1"]);
    });
  }
}

test("a mail whose end is never answered is in doubt after 30 seconds", async () => {
  const clock = handClock();
  await rig.fake.fault({ at: "dot", kind: "hang", accept: true, to: second });
  const sending = sendIssue(rig.fake, 3, { timers: clock });
  await struck(rig.fake);
  clock.pass(30_000);
  const outcome = await sending;
  expect(resultsOf(outcome)).toEqual(["accepted", "unsure", "later"]);
  expect(outcome).toMatchObject({ members: [{}, { reason: expect.stringContaining("within 30000 ms") }, {}] });
  expect(await accepted(rig.fake)).toHaveLength(2);
});

test("one that is answered byte by byte, too slowly, is in doubt", async () => {
  const clock = handClock();
  await rig.fake.fault({ at: "dot", kind: "drip", every: 600_000, accept: true, to: second });
  const sending = sendIssue(rig.fake, 3, { timers: clock });
  await struck(rig.fake);
  clock.pass(30_000);
  expect(resultsOf(await sending)).toEqual(["accepted", "unsure", "later"]);
});

test("no final dot leaves before it is durable that it may have", async () => {
  let permit: (() => void) | undefined;
  const permitted = new Promise<void>((resolve) => {
    permit = resolve;
  });
  const asked: number[] = [];
  const journal = {
    async leaving(place: number) {
      asked.push(place);
      if (place === 1) await permitted;
      return true;
    },
    came() {},
  };
  const sending = sendIssue(rig.fake, 3, { journal });
  await expect.poll(() => asked, { timeout: 10_000 }).toEqual([0, 1]);
  expect(await accepted(rig.fake)).toEqual(["leserin0@post0.tld"]);
  permit?.();
  expect(await sending).toMatchObject({ result: "accepted" });
  expect(asked).toEqual([0, 1, 2]);
});

test("nothing leaves once the lease is lost", async () => {
  const journal = keepJournal(1);
  const outcome = await sendIssue(rig.fake, 4, { journal });
  expect(resultsOf(outcome)).toEqual(["accepted", "later", "later", "later"]);
  expect(outcome).toMatchObject({ ended: { result: "retry", reason: expect.stringContaining("lease") } });
  expect(await accepted(rig.fake)).toEqual(["leserin0@post0.tld"]);
});

test("nothing leaves that the ledger cannot write down", async () => {
  const kept = keepJournal();
  const leaving = async (place: number): Promise<boolean> => {
    if (place === 2) throw new Error("disk I/O error");
    return kept.leaving(place);
  };
  const outcome = await sendIssue(rig.fake, 4, { journal: { ...kept, leaving } });
  expect(resultsOf(outcome)).toEqual(["accepted", "accepted", "later", "later"]);
  expect(outcome).toMatchObject({ ended: { result: "retry", reason: expect.stringContaining("disk I/O error") } });
  expect(await accepted(rig.fake)).toHaveLength(2);
});

test("what is accepted is told before the next mail may leave", async () => {
  const journal = keepJournal();
  await sendIssue(rig.fake, 3, { journal });
  const steps = ["leaving 0", "accepted 0", "leaving 1", "accepted 1", "leaving 2", "accepted 2"];
  expect(journal.told).toEqual(steps);
});

test("a large mail lost before its final dot is not in doubt", async () => {
  // More than any socket holds, so that the dot waits for a server that reads no further.
  const large = { ...issue, html: ["<p>", "x".repeat(8_000_000), "</p>"] };
  await rig.fake.fault({ at: "body", kind: "drop" });
  const smtp = smtpTo(rig.fake);
  const journal = keepJournal();
  const outcome = await smtp.issue(large)(readers(1)).send("i/1/1-1", journal);
  expect(outcome).toMatchObject({ result: "retry" });
  expect(journal.told).toEqual(["leaving 0", "not 0"]);
  smtp.close();
});
