import { expect, test } from "vitest";
import { retryFailed } from "../../src/issue/retry.ts";
import { verifyIssue, viewReader } from "../../src/issue/verify.ts";
import type { Office } from "../dispatch/post.ts";
import { one, openSteered, payWith, setOwn } from "./steered.ts";

async function openMixed(): Promise<Office> {
  const office = await openSteered();
  await payWith(office, null, null, { result: "conflict", reason: "other mails" });
  await setOwn(office, 4, "failed");
  await setOwn(office, 9, "failed");
  return office;
}

test("the count of single mails is that of the sums, in every state and also for moved ones", async () => {
  const office = await openMixed();
  const sums = { planned: 40, open: 10, accepted: 18, failed: 2, skipped: 0, inDoubt: 10 };
  expect(await verifyIssue(office.ctx, one)).toEqual({
    ...{ ok: true, summed: sums, counted: sums, homeless: 0, sizes: [], retiredAt: null },
  });
  await retryFailed(office.ctx, one);
  expect(await verifyIssue(office.ctx, one)).toMatchObject({ ok: true, counted: { open: 12, failed: 0 } });
});

test.each([
  ["a size that is wrong", "update batches set size = 9 where id = 1", "update batches set size = 10 where id = 1"],
  [
    "a state that no size knows of",
    "update deliveries set state = 'skipped' where subscriber = 35",
    "update deliveries set state = null where subscriber = 35",
  ],
  [
    "a reader in no batch",
    "update batches set last = 39 where last = 40",
    "update batches set last = 40 where last = 39",
  ],
])("%s is found and told", async (_, damage, repair) => {
  const office = await openSteered();
  await office.connection.exec(damage);
  const found = await verifyIssue(office.ctx, one);
  expect(found.ok).toBe(false);
  expect(found.sizes.length + found.homeless).toBeGreaterThan(0);
  expect(office.logged.join()).toContain("ledger differs");
  await office.connection.exec(repair);
  expect((await verifyIssue(office.ctx, one)).ok).toBe(true);
});

test("one reader's mail is told with the provider's id, the reason, and what was reported later", async () => {
  const office = await openMixed();
  await office.connection.exec("update deliveries set feedback = 'bounced' where subscriber = 1");
  const mail = async (reader: number) =>
    (await viewReader(office.ctx, { ...one, address: `Reader${reader}@POST.tld` })).delivery;
  const accepted = await mail(1);
  expect(accepted).toMatchObject({ state: "accepted", reason: null, at: office.clock.now, feedback: "bounced" });
  expect(await office.ctx.keep?.read(accepted?.mail ?? "")).not.toBeNull();
  expect(await mail(4)).toMatchObject({ state: "failed", reason: "refused" });
  expect(await mail(25)).toMatchObject({ state: "in_doubt", reason: "other mails", mail: null });
  expect(await mail(35)).toMatchObject({ state: "planned", at: null, mail: null });
});

test("a reader to whom it was never owed is told so; a stranger is not known", async () => {
  const office = await openMixed();
  await office.readers(1);
  expect((await viewReader(office.ctx, { ...one, address: "reader41@post.tld" })).delivery).toBeNull();
  await expect(viewReader(office.ctx, { ...one, address: "nobody@post.tld" })).rejects.toMatchObject({
    code: "not-found",
  });
  await expect(viewReader(office.ctx, { ...one, address: "no address" })).rejects.toMatchObject({ code: "invalid" });
});
