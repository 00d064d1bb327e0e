import { describe, expect, test } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
import { authenticate } from "../../src/instance/tokens.ts";
import { releaseMail, viewHeld } from "../../src/issue/release.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { tick } from "../../src/jobs.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { issueFile } from "../http/desk.ts";
import { day, type World } from "../world.ts";
import { courseOf, everything, moveBetween, openBusy, openFresh, sideOf } from "./places.ts";

const locked = { code: "unavailable", message: expect.stringContaining("being moved, or has moved") };

async function requireShut(world: World, link: string): Promise<void> {
  const before = await everything(world);
  const answers = [
    await world.post("/subscribe", { email: "new@example.org", newsletter: "morning" }),
    await world.post(link, { "List-Unsubscribe": "One-Click" }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  expect(await answers[0]?.text()).toContain("Please try again in a moment");
  await expect(editInstance(world.ctx, { site: "Another" })).rejects.toMatchObject(locked);
  await expect(addSuppression(world.ctx, { address: "x@example.org" })).rejects.toMatchObject(locked);
  await expect(saveDraft(world.ctx, { source: issueFile("morning", "more") })).rejects.toMatchObject(locked);
  // What goes by the clock stands still, without a fault.
  world.advance(200 * day);
  expect(Object.values(await tick(world.ctx)).filter((swept) => swept !== 0)).toEqual([]);
  expect(await world.turn()).toBe(false);
  expect(await everything(world)).toEqual(before);
}

function oneClickOf(mail: { headers: ReadonlyMap<string, string> } | undefined): string {
  return /<(https:[^>]+)>/.exec(mail?.headers.get("list-unsubscribe") ?? "")?.[1] ?? "";
}

test("a source that has moved answers nobody's writing any more, and says where it went", async () => {
  await using source = await openBusy(20);
  await using target = await openFresh(source);
  const link = oneClickOf((await source.mails("ada@example.org")).at(-1));
  await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "https://new.example")));
  await requireShut(source, link);
  expect((await source.get("/n/morning")).status).toBe(200);
  expect(await authenticate(source.ctx, source.firstToken ?? "")).toHaveLength(3);
  const health = await source.get("/healthz");
  expect([health.status, await health.json()]).toEqual([200, { status: "ok", held: "moved" }]);
  const { held } = await viewHeld(source.ctx);
  await expect(releaseMail(source.ctx, { at: held?.at ?? 0, dropNotices: false })).rejects.toMatchObject({
    code: "preflight",
    message: expect.stringContaining("moved to https://new.example"),
  });
});

describe("a target", () => {
  test("takes rows of its move alone until it has all, and cannot be released", async () => {
    await using source = await openBusy(20);
    await using target = await openFresh(source);
    const link = oneClickOf((await source.mails("ada@example.org")).at(-1));
    let looked = false;
    const watched = sideOf(source, "old", async ({ path, go }) => {
      if (path.endsWith("/close") && !looked) {
        looked = true;
        await requireShut(target, link);
        target.clock.now = source.clock.now;
        const { held } = await viewHeld(target.ctx);
        await expect(releaseMail(target.ctx, { at: held?.at ?? 0, dropNotices: false })).rejects.toMatchObject({
          code: "preflight",
        });
      }
      return go();
    });
    await moveBetween(courseOf(watched, sideOf(target, "new")));
    expect(looked).toBe(true);
  });

  test("answers readers as soon as it has all, and mails them after its release", async () => {
    await using source = await openBusy(20);
    await using target = await openFresh(source);
    await moveBetween(courseOf(sideOf(source, "old"), sideOf(target, "new")));
    await target.signUp("new@example.org", "morning");
    expect(await target.drain()).toBe(0);
    const held = await viewHeld(target.ctx);
    expect(held.held?.reason).toMatch(/^this installation moved here from old at /);
    expect(held.notices).toEqual({ old: 1, fresh: 1 });
    await releaseMail(target.ctx, { at: held.held?.at ?? 0, dropNotices: false });
    await target.drain();
    const notices = (await target.recipients()).filter((to) => /^(?:new|waiting)@/.test(to));
    expect(notices.sort()).toEqual(["new@example.org", "waiting@example.org"]);
  });
});
