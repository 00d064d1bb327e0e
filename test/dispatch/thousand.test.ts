import { expect, test } from "vitest";
import { turn } from "../../src/jobs.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { faults } from "../fakes/resend/faults.ts";
import { address, newsletter, once, openPost, received } from "./post.ts";

test("an issue to 1,000 readers survives every change and fault in its middle, and each reader gets it at most once", async () => {
  const post = await openPost({ readers: 1_000 });
  await post.start();
  for (let batch = 0; batch < 4; batch += 1) await turn(post.ctx);
  await post.post(`/u/${post.ctx.signer.sign("leave", [1, 700])}`);
  await post.post(`/u/${post.ctx.signer.sign("leave", [1, 50])}`);
  await addSuppression(post.ctx, { address: address(999), reason: "hard-bounce" });
  await erase(post.ctx, { address: address(555) });
  await post.signUp("late@post.tld", newsletter);
  await turn(post.ctx);
  await post.post(`/confirm/${post.ctx.signer.sign("confirm", [1])}`);
  await post.connection
    .prepare("update subscribers set name = 'Renamed', email = 'moved@post.tld' where id = 800")
    .run();
  await post.fake.fault(
    faults.accepted502,
    faults.rate429,
    { ...faults.oneBad422, times: 100, match: { to: address(640) } },
    faults.acceptedReset,
    faults.tooLarge413,
    faults.daily429,
    faults.truncated200,
  );
  await post.finish();
  const { "late@post.tld": confirmation, "moved@post.tld": moved, ...rest } = await received(post);
  expect(rest).toEqual(once(1, 1_000, [555, 640, 700, 800, 999]));
  expect({ confirmation, moved }).toEqual({ confirmation: 1, moved: 1 });
  const { issue, sums, reasons } = await post.status();
  expect(issue.status).toBe("sent");
  expect(sums).toEqual({ planned: 1_000, open: 0, accepted: 996, failed: 1, skipped: 3, inDoubt: 0 });
  expect(reasons.map(({ state, reason, n }) => `${n} ${state}: ${reason.slice(0, 20)}`).sort()).toEqual([
    "1 failed: Resend answered 422 ",
    "1 skipped: erased",
    "1 skipped: suppressed",
    "1 skipped: unsubscribed",
  ]);
});
