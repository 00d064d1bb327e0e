import { expect, test } from "vitest";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { pauseByHand } from "../../src/issue/pause.ts";
import { resolveDoubt, viewDoubt } from "../../src/issue/resolve.ts";
import { erase } from "../../src/subscription/erase.ts";
import type { Office } from "../dispatch/post.ts";
import { got, one, openSteered, payWith, setOwn } from "./steered.ts";

const conflict = { result: "conflict", reason: "the key stands for other mails" } as const;

/** Ten readers in a batch in doubt (1 to 10), and two by themselves (25 and 38). */
async function openDoubtful(): Promise<Office> {
  const office = await openSteered();
  await payWith(office, conflict, null, null, null);
  await setOwn(office, 25, "in_doubt", "the line broke");
  await setOwn(office, 38, "in_doubt", "the line broke");
  await office.finish();
  expect((await office.status()).issue.status).toBe("incomplete");
  return office;
}

test("what is in doubt is told by reason and by reader, without the address of who was erased", async () => {
  const office = await openDoubtful();
  await erase(office.ctx, { address: "reader2@post.tld" });
  const { inDoubt, reasons, readers } = await viewDoubt(office.ctx, one, { after: 0, limit: 3 });
  expect(inDoubt).toBe(12);
  expect(reasons).toEqual([
    { reason: "the key stands for other mails", n: 10 },
    { reason: "the line broke", n: 2 },
  ]);
  expect(readers.map(({ subscriber, address }) => [subscriber, address])).toEqual([
    [1, "reader1@post.tld"],
    [2, null],
    [3, "reader3@post.tld"],
  ]);
  const rest = await viewDoubt(office.ctx, one, { after: 9, limit: 20 });
  expect(rest.readers.map(({ subscriber }) => subscriber)).toEqual([10, 25, 38]);
});

test("counted as sent, they are accepted with a note of when and by whom, and the issue is sent", async () => {
  const office = await openDoubtful();
  const { issue, resolved } = await resolveDoubt(office.ctx, { ...one, as: "sent", expect: 12, by: "dana" });
  expect([issue.status, resolved]).toEqual(["sent", 12]);
  const { sums, reasons } = await office.status();
  expect(sums).toMatchObject({ planned: 40, accepted: 40, inDoubt: 0 });
  expect(reasons).toEqual([
    {
      state: "accepted",
      reason: expect.stringMatching(/^resolved by hand: counted as sent on .* UTC by dana$/),
      n: 12,
    },
  ]);
  expect(await office.mails()).toHaveLength(30);
});

test("sent again, they leave once more under other keys, and who left meanwhile is skipped", async () => {
  const office = await openDoubtful();
  await office.post(`/u/${office.ctx.signer.sign("leave", [1, 3])}`);
  const { issue, resolved } = await resolveDoubt(office.ctx, { ...one, as: "resend", expect: 12 });
  expect([issue.status, resolved]).toEqual(["sending", 12]);
  expect((await office.batches())[0]).toMatchObject({ state: "planned", attempt: 2, payload_hash: null });
  await office.finish();
  const { issue: ended, sums } = await office.status();
  expect(ended.status).toBe("sent");
  expect(sums).toEqual({ planned: 40, open: 0, accepted: 39, failed: 0, skipped: 1, inDoubt: 0 });
  expect([await got(office, 1), await got(office, 3), await got(office, 25), await got(office, 26)]).toEqual([
    1, 0, 2, 1,
  ]);
});

test("the number must be the one that was seen", async () => {
  const office = await openDoubtful();
  await expect(resolveDoubt(office.ctx, { ...one, as: "sent", expect: 10 })).rejects.toMatchObject({
    code: "conflict",
    details: { field: "expect" },
  });
  expect((await office.status()).sums.inDoubt).toBe(12);
});

test("a repeat is refused, since nothing is in doubt any more", async () => {
  const office = await openDoubtful();
  await resolveDoubt(office.ctx, { ...one, as: "sent", expect: 12 });
  await expect(resolveDoubt(office.ctx, { ...one, as: "sent", expect: 12 })).rejects.toMatchObject({ code: "refused" });
});

test("a paused issue stays paused, and sends again what was decided once it goes on", async () => {
  const office = await openSteered();
  await payWith(office, conflict);
  await pauseByHand(office.ctx, one);
  const { issue } = await resolveDoubt(office.ctx, { ...one, as: "resend", expect: 10 });
  expect(issue.status).toBe("paused");
  expect((await office.status()).sums).toMatchObject({ open: 40, inDoubt: 0 });
});

test("of a cancelled issue nothing is sent again, and what was in doubt may count as sent", async () => {
  const office = await openDoubtful();
  await cancelIssue(office.ctx, one);
  await expect(resolveDoubt(office.ctx, { ...one, as: "resend", expect: 12 })).rejects.toMatchObject({
    code: "refused",
  });
  const { issue } = await resolveDoubt(office.ctx, { ...one, as: "sent", expect: 12 });
  expect(issue.status).toBe("cancelled");
  expect((await office.status()).sums).toMatchObject({ accepted: 40, inDoubt: 0 });
});
