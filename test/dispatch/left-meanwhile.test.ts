import { describe, expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { faults } from "../fakes/resend/faults.ts";
import { minute } from "../world.ts";
import { address, once, openPost, received } from "./post.ts";

// A call without an answer may have been accepted: repeating it mails nobody twice, but might mail someone who has left.
describe("a reader who leaves while a batch waits for an answer", () => {
  test("is put up with for fifteen minutes, in which the same bytes settle it", async () => {
    const post = await openPost({ readers: 3 });
    await post.fake.fault(faults.html502);
    await post.start();
    await post.drain();
    await addSuppression(post.ctx, { address: address(2), reason: "complaint" });
    post.advance(5 * minute);
    await post.finish();
    expect(await received(post)).toEqual(once(1, 3));
    expect((await post.status()).issue.status).toBe("sent");
  });

  test("stops it afterwards: the batch is in doubt, and nothing more leaves by itself", async () => {
    const post = await openPost({ readers: 3 });
    await post.fake.fault(faults.html502);
    await post.start();
    await post.drain();
    await addSuppression(post.ctx, { address: address(2), reason: "complaint" });
    post.advance(16 * minute);
    await post.finish();
    expect(await received(post)).toEqual({});
    const { issue, sums, reasons } = await post.status();
    expect(sums).toMatchObject({ planned: 3, inDoubt: 3, open: 0 });
    expect(issue.status).toBe("incomplete");
    expect(reasons[0]?.reason).toContain("left or was suppressed meanwhile");
  });

  test("does not stop a batch in which nobody left, however late the answer", async () => {
    const post = await openPost({ readers: 3 });
    await post.fake.fault(faults.html502);
    await post.start();
    await post.drain();
    post.advance(20 * 60 * minute);
    await post.finish();
    expect(await received(post)).toEqual(once(1, 3));
  });
});
