import { describe, expect, test } from "vitest";
import { holdMail } from "../../src/instance/hold.ts";
import { hour } from "../world.ts";
import { type Desk, issueFile, openDesk } from "./desk.ts";

async function openDraft(): Promise<Desk> {
  const desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.join("ada@example.org", "morning");
  await desk.call("PUT", "/api/issues", { source: issueFile("morning", "one") });
  return desk;
}

const path = "/api/issues/morning/one";

describe("a schedule", () => {
  test("is made, moved and taken back, and told by every answer about the issue", async () => {
    await using desk = await openDraft();
    const at = desk.world.clock.now + hour;
    const made = await desk.call("POST", `${path}/schedule`, { at });
    expect([made.status, made.body.moved, made.body.issue.scheduledAt]).toEqual([202, false, at]);
    expect((await desk.call("GET", path)).body.issue).toMatchObject({ status: "scheduled", scheduledAt: at });
    const moved = await desk.call("POST", `${path}/schedule`, { at: at + hour });
    expect([moved.status, moved.body.moved, moved.body.issue.scheduledAt]).toEqual([202, true, at + hour]);
    const back = await desk.call("POST", `${path}/recall`);
    expect([back.status, back.body.recalled, back.body.issue.status]).toEqual([200, true, "draft"]);
    expect((await desk.call("POST", `${path}/recall`)).body.recalled).toBe(false);
  });

  test("of a time that has passed is 422, of an issue that has begun 409", async () => {
    await using desk = await openDraft();
    const { now } = desk.world.clock;
    expect((await desk.call("POST", `${path}/schedule`, { at: now })).status).toBe(422);
    await desk.call("POST", `${path}/send`, { expect: 1, asOf: now });
    expect((await desk.call("POST", `${path}/schedule`, { at: now + hour })).status).toBe(409);
    await desk.world.drain();
    expect((await desk.call("POST", `${path}/recall`)).status).toBe(409);
  });

  test("wants the scope send, and taking back the scope write", async () => {
    await using desk = await openDraft();
    const at = desk.world.clock.now + hour;
    const [write, send] = [await desk.token("read", "write"), await desk.token("send")];
    expect((await desk.call("POST", `${path}/schedule`, { at }, write)).status).toBe(403);
    expect((await desk.call("POST", `${path}/schedule`, { at }, send)).status).toBe(202);
    expect((await desk.call("POST", `${path}/recall`, undefined, send)).status).toBe(403);
    expect((await desk.call("POST", `${path}/recall`, undefined, write)).status).toBe(200);
  });

  test("a send can be held back for a while, up to a day", async () => {
    await using desk = await openDraft();
    const { now } = desk.world.clock;
    const agreed = { expect: 1, asOf: now };
    expect((await desk.call("POST", `${path}/send`, { ...agreed, hold: 25 * hour })).status).toBe(422);
    const sent = await desk.call("POST", `${path}/send`, { ...agreed, hold: hour });
    expect(sent.body.issue).toMatchObject({ status: "scheduled", scheduledAt: now + hour, audienceAt: now });
  });
});

describe("mails that are held", () => {
  test("are told with their reason, block sending, and are let go by naming the hold", async () => {
    await using desk = await openDraft();
    expect((await desk.call("GET", "/api/instance/held")).body).toEqual({
      held: null,
      notices: { old: 0, fresh: 0 },
      issues: [],
    });
    await holdMail(desk.world.ctx, { kind: "restored", reason: "an older copy was put back." });
    const { held } = (await desk.call("GET", "/api/instance/held")).body;
    expect(held).toMatchObject({ kind: "restored", reason: "an older copy was put back." });
    const send = () => desk.call("POST", `${path}/send`, { expect: 1, asOf: desk.world.clock.now });
    expect([(await send()).status, (await send()).body.error.code]).toEqual([422, "preflight"]);
    const release = (at: number, token?: string) =>
      desk.call("POST", "/api/instance/release", { at, dropNotices: true }, token);
    expect((await release(held.at, await desk.token("read", "write"))).status).toBe(403);
    expect((await release(held.at - 1)).status).toBe(409);
    expect((await release(held.at)).body).toEqual({ released: true, dropped: 0, paused: [] });
    expect((await send()).status).toBe(202);
  });

  test("show at the health check by the kind of reason alone", async () => {
    await using desk = await openDesk();
    await holdMail(desk.world.ctx, { kind: "clock", reason: "the clock went back." });
    const { status, body } = await desk.call("GET", "/healthz", undefined, null);
    expect([status, body]).toEqual([200, { status: "ok", held: "clock" }]);
  });
});
