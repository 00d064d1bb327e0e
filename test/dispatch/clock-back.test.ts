import { expect, test } from "vitest";
import { holdMail } from "../../src/instance/hold.ts";
import { releaseMail, viewHeld } from "../../src/issue/release.ts";
import { turn } from "../../src/jobs.ts";
import { day, hour } from "../world.ts";
import { address, openOffice } from "./post.ts";

test("after a clock that was ahead is set right and mails are released, nothing waits for its wrong times", async () => {
  const office = await openOffice({ readers: 2 });
  const right = office.clock.now;
  office.advance(30 * day);
  office.fault = () => ({
    result: "retry",
    reason: "too many requests",
    limited: true,
    after: hour,
    pace: { calls: 5, span: 1_000 },
  });
  await office.start();
  await office.signUp("anna@post.tld", "tide");
  await office.drain();
  office.clock.now = right;
  office.fault = () => null;
  await holdMail(office.ctx, { kind: "clock", reason: "the clock was set back" });
  expect(await turn(office.ctx)).toBe(false);
  const view = await viewHeld(office.ctx);
  await releaseMail(office.ctx, { at: view.held?.at ?? 0, dropNotices: false });
  for (let minutes = 0; minutes < 5; minutes += 1) {
    await office.drain();
    office.advance(60_000);
  }
  expect((await office.recipients()).toSorted()).toEqual(["anna@post.tld", address(1), address(2)]);
});

test("a batch that was first tried in the future is in doubt, not repeated: how old its key is nobody knows", async () => {
  const office = await openOffice({ readers: 2 });
  office.fault = () => ({ result: "unsure", reason: "no answer" });
  await office.start();
  await office.turn();
  office.advance(-30 * day);
  await office.connection.exec("update batches set due_at = 0; update outlets set shut_until = 0");
  office.fault = () => null;
  await office.drain();
  expect(await office.recipients()).toEqual([]);
  const { sums, reasons } = await office.status();
  expect(sums).toMatchObject({ inDoubt: 2, open: 0 });
  expect(reasons[0]?.reason).toBe("no answer came, and the clock was set back since");
});
