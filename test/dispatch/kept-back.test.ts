import { expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { hour } from "../world.ts";
import { openOffice } from "./post.ts";

test("more readers kept back by a limit than one call takes are all mailed in their turn", async () => {
  const office = await openOffice({ readers: 30, limits: { members: 100 }, instance: { hourlyLimit: 7 } });
  await office.start();
  await planSlice(office.ctx);
  // As after a restart with RESEND_BATCH=single: batches were planned for a hundred.
  Object.assign(office.ctx, {
    provider: { ...office.ctx.provider, limits: { ...office.ctx.provider.limits, members: 1 } },
  });
  for (let hours = 0; hours < 6; hours += 1) {
    await office.drain();
    office.advance(hour);
  }
  const { issue, sums } = await office.status();
  expect([issue.status, sums.planned, sums.accepted]).toEqual(["sent", 30, 30]);
  expect(new Set(await office.recipients()).size).toBe(30);
});
