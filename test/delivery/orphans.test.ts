import { expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { erase } from "../../src/subscription/erase.ts";
import { openKeyless } from "../dispatch/keyless.ts";
import { address, openOffice } from "../dispatch/post.ts";
import { minute } from "../world.ts";

const held = "select count(*) n from batches where members like '%reader2@%'";

test("an erased reader's address does not stay in a batch that an outage, a pause and a dead holder have left behind", async () => {
  const office = await openOffice({ readers: 3 });
  office.fault = () => ({ result: "unsure", reason: "no answer" });
  await office.start();
  await office.turn();
  // Claimed once more by somebody who dies, while the issue is paused.
  await office.connection.exec(
    `update batches set holder = 'gone', due_at = ${office.clock.now + minute}; update issues set status = 'paused'`,
  );
  await erase(office.ctx, { address: address(2) });
  expect(await office.connection.prepare(held).get()).toEqual({ n: 1 });
  office.advance(2 * minute);
  await tick(office.ctx);
  expect(await office.connection.prepare(held).get()).toEqual({ n: 0 });
  expect((await office.status()).sums).toMatchObject({ planned: 3, inDoubt: 3, open: 0 });
});

test("of a batch with a journal only the mail on its way is in doubt, and the others leave without the erased reader", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 4 });
  const never = new Promise<never>(() => {});
  const reached = Promise.withResolvers<void>();
  out.answer = (to) => {
    if (to !== address(1)) throw new Error("only the first mail is under way");
    reached.resolve();
    return never;
  };
  await office.start();
  void office.turn();
  await reached.promise;
  office.advance(2 * minute);
  await erase(office.ctx, { address: address(2) });
  expect(await office.connection.prepare(held).get()).toEqual({ n: 0 });
  out.answer = () => ({ result: "accepted", id: "250" });
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ planned: 4, accepted: 2, skipped: 1, inDoubt: 1, open: 0 });
  expect(out.taken).toEqual([address(3), address(4)]);
});
