import { expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import type { Outcome } from "../../src/provider/contract.ts";
import { openOffice } from "./post.ts";

/** The outbox pretends these outcomes one after the other, then keeps the mails. */
function script(...outcomes: Outcome[]): () => Outcome | null {
  return () => outcomes.shift() ?? null;
}

test("an issue is sent when nothing is open, also where some readers were refused or skipped", async () => {
  const office = await openOffice({ readers: 3 });
  const no = { result: "rejected", reason: "no such mailbox" } as const;
  office.fault = script(no, no);
  await office.start();
  while (await planSlice(office.ctx));
  await office.post(`/u/${office.ctx.signer.sign("leave", [1, 3])}`);
  await office.finish();
  const { issue, sums, reasons } = await office.status();
  expect(issue).toMatchObject({ status: "sent", finishedAt: office.clock.now });
  expect(sums).toEqual({ planned: 3, open: 0, accepted: 1, failed: 1, skipped: 1, inDoubt: 0 });
  expect(reasons).toEqual([
    { state: "failed", reason: "no such mailbox", n: 1 },
    { state: "skipped", reason: "unsubscribed", n: 1 },
  ]);
});

test("it is incomplete where a batch is in doubt, and stays so", async () => {
  const office = await openOffice({ readers: 101 });
  office.fault = script({ result: "conflict", reason: "the key stands for other mails" });
  await office.start();
  await office.finish();
  const { issue, sums, reasons } = await office.status();
  expect(issue.status).toBe("incomplete");
  expect(sums).toEqual({ planned: 101, open: 0, accepted: 1, failed: 0, skipped: 0, inDoubt: 100 });
  expect(reasons).toEqual([{ state: "in_doubt", reason: "the key stands for other mails", n: 100 }]);
});

test("a paused issue does not finish, not even with nothing left to pay", async () => {
  const office = await openOffice({ readers: 1 });
  await office.start();
  await office.drain();
  await office.connection.exec("update issues set status = 'paused', finished_at = null");
  await office.drain();
  expect((await office.status()).issue.status).toBe("paused");
  await office.start();
  await office.drain();
  expect((await office.status()).issue.status).toBe("sent");
  expect(await office.mails()).toHaveLength(1);
});
