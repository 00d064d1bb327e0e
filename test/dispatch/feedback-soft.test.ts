import { beforeEach, expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { day } from "../world.ts";
import { address, type Office } from "./post.ts";
import { openReported, report, type Said, suppressionsOf } from "./reported.ts";

const soft = { kind: "bounced", reader: 2, detail: { type: "Transient", subType: "General" } } as const;

let office: Office;
let issues: number;
beforeEach(async () => {
  office = await openReported({ readers: 3 });
  issues = 0;
});

/** Sends one more issue, after so many days, and reports this about it. */
async function issue(days: number, ...list: readonly Omit<Said, "issue">[]): Promise<void> {
  office.advance(days * day);
  issues += 1;
  await office.start(`issue-${issues}`);
  await office.finish();
  for (const said of list) await report(office, { ...said, issue: issues });
}

function held(): Promise<unknown> {
  return office.connection.prepare("select soft_bounces, soft_issue from subscribers where id = 2").get();
}

/** The issues that were owed to the reader. */
function got(): Promise<unknown[]> {
  return office.connection.prepare("select issue from deliveries where subscriber = 2 order by issue").pluck().all();
}

test("five issues in a row over two weeks that bounce for now rest the address for ninety days", async () => {
  for (const days of [0, 4, 4, 4]) await issue(days, soft);
  expect(await suppressionsOf(office)).toEqual({});
  await issue(4, soft);
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "soft-bounce for now" });
  office.advance(90 * day - 1);
  await tick(office.ctx);
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "soft-bounce for now" });
  office.advance(1);
  expect(await tick(office.ctx)).toMatchObject({ suppressions: 1 });
  expect(await suppressionsOf(office)).toEqual({});
});

test("who rests gets no issue, and the next one after the rest", async () => {
  for (const days of [0, 4, 4, 4, 4]) await issue(days, soft);
  await issue(1);
  await issue(91);
  expect(await got()).toEqual([1, 2, 3, 4, 5]);
  await tick(office.ctx);
  await issue(1);
  expect(await got()).toEqual([1, 2, 3, 4, 5, 8]);
  // The count began afresh: one more bounce is the first again.
  await report(office, { ...soft, issue: issues });
  expect(await suppressionsOf(office)).toEqual({});
  expect(await held()).toEqual({ soft_bounces: 1, soft_issue: issues });
});

test("five issues within less than two weeks are not enough", async () => {
  for (const days of [0, 3, 3, 3, 3]) await issue(days, soft);
  expect(await suppressionsOf(office)).toEqual({});
  await issue(3, soft);
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "soft-bounce for now" });
});

test("one issue counts once, however often its mail bounces for now", async () => {
  await issue(0, soft, soft, soft, soft, soft, soft);
  office.advance(20 * day);
  await report(office, { ...soft, issue: 1 }, { ...soft, issue: 1 });
  expect(await suppressionsOf(office)).toEqual({});
  expect(await held()).toEqual({ soft_bounces: 1, soft_issue: 1 });
});

test("a mail that comes through ends the row; a late word about an older one does not", async () => {
  for (const days of [0, 4, 4]) await issue(days, soft);
  await issue(4, { kind: "delivered", reader: 2 });
  expect(await held()).toEqual({ soft_bounces: 0, soft_issue: 3 });
  for (const days of [4, 4, 4, 4]) await issue(days, soft);
  await report(office, { kind: "delivered", reader: 2, issue: 4 });
  expect(await suppressionsOf(office)).toEqual({});
  await issue(4, soft);
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "soft-bounce for now" });
});

test.each([
  ["complaint", "complaint"],
  ["hard-bounce", "hard-bounce"],
  ["manual", "manual"],
] as const)(
  "an address suppressed as %s for good stays so, and is not given a rest that ends",
  async (reason, stays) => {
    for (const days of [0, 4, 4, 4]) await issue(days, soft);
    office.advance(4 * day);
    await office.start("issue-5");
    await office.finish();
    await addSuppression(office.ctx, { address: address(2), reason });
    await report(office, { ...soft, issue: 5 });
    expect(await suppressionsOf(office)).toEqual({ [address(2)]: stays });
  },
);

test("a rest becomes a suppression for good when the address bounces for good meanwhile", async () => {
  for (const days of [0, 4, 4, 4, 4]) await issue(days, soft);
  await report(office, { kind: "bounced", reader: 2, issue: 5 });
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "hard-bounce" });
  office.advance(400 * day);
  await tick(office.ctx);
  expect(await suppressionsOf(office)).toEqual({ [address(2)]: "hard-bounce" });
});
