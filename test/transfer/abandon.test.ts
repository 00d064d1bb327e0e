import { describe, expect, test } from "vitest";
import { abandonAll } from "../../src/cli/move-abandon.ts";
import type { Course } from "../../src/cli/move-copy.ts";
import { look, movingAlready } from "../../src/cli/move-run.ts";
import { releaseMail, viewHeld } from "../../src/issue/release.ts";
import { courseOf, everything, moveBetween, openBusy, openFresh, sideOf, tokensOf } from "./places.ts";

async function abandon(course: Course): Promise<void> {
  const standing = await look(course);
  await abandonAll({ ...course, id: movingAlready(standing) ?? "" }, standing);
}

describe("giving a move up", () => {
  test("in the middle, the source mails and answers as before, and the target never does", async () => {
    await using source = await openBusy(300);
    await using target = await openFresh(source);
    const course = courseOf(sideOf(source, "old"), sideOf(target, "new"));
    const stopping = courseOf(
      course.source,
      sideOf(target, "new", async ({ path, method, go }) => {
        if (method === "PUT" && path.endsWith("/deliveries")) throw new Error("stopped");
        return go();
      }),
    );
    await expect(moveBetween(stopping)).rejects.toThrow("stopped");
    expect(await source.drain()).toBe(0);
    await abandon(course);
    await source.signUp("after@example.org", "morning");
    await source.drain();
    expect((await source.recipients()).filter((to) => to.endsWith("-evening@example.net"))).toHaveLength(298);
    expect((await target.post("/subscribe", { email: "x@example.org", newsletter: "morning" })).status).toBe(503);
    expect([await target.drain(), await target.recipients()]).toEqual([0, []]);
  });

  test("after all was copied, too, and the same target can be used again", async () => {
    await using source = await openBusy(40);
    await using target = await openFresh(source);
    const own = await tokensOf(target);
    const course = courseOf(sideOf(source, "old"), sideOf(target, "new"));
    await moveBetween(course);
    await abandon(course);
    await source.join("after@example.org", "morning");
    await moveBetween({ ...course, id: "fedcba9876543210" });
    expect(await everything(target, own)).toEqual(await everything(source));
  });

  test("is refused once the target has taken anything in, and changes nothing", async () => {
    await using source = await openBusy(20);
    await using target = await openFresh(source);
    const course = courseOf(sideOf(source, "old"), sideOf(target, "new"));
    await moveBetween(course);
    await target.signUp("there@example.org", "morning");
    await expect(abandon(course)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("subscribers"),
    });
    await target.signUp("another@example.org", "morning");
    expect((await viewHeld(source.ctx)).held?.move?.phase).toBe("done");
  });

  test("is refused once the target was released", async () => {
    await using source = await openBusy(20);
    await using target = await openFresh(source);
    const course = courseOf(sideOf(source, "old"), sideOf(target, "new"));
    await moveBetween(course);
    const { held } = await viewHeld(target.ctx);
    await releaseMail(target.ctx, { at: held?.at ?? 0, dropNotices: false });
    await expect(abandon(course)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("has been released"),
    });
    expect(await moveBetween(course)).toBeNull();
  });
});
