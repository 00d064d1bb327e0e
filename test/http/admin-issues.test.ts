import { describe, expect, test } from "vitest";
import { type Desk, issueFile, openDesk } from "./desk.ts";

async function openNewsroom(): Promise<Desk> {
  const desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.join("ada@example.org", "morning");
  await desk.world.join("bram@example.org", "morning");
  return desk;
}

describe("an issue file", () => {
  test("is linted without being kept", async () => {
    await using desk = await openNewsroom();
    const good = await desk.call("POST", "/api/issues/lint", { source: issueFile("morning", "one") });
    expect(good.body).toMatchObject({ ok: true });
    const bad = await desk.call("POST", "/api/issues/lint", { source: issueFile("mornin", "one") });
    expect(bad.body.ok).toBe(false);
    expect(bad.body.faults).toContainEqual({
      level: "error",
      rule: "unknown-newsletter",
      line: 2,
      column: 1,
      message: 'There is no newsletter "mornin".',
      hint: "Did you mean morning?",
    });
    expect((await desk.call("GET", "/api/issues")).body.issues).toEqual([]);
  });

  test("tells whom it would go to, exactly and as of an instant, without being kept", async () => {
    await using desk = await openNewsroom();
    const before = desk.world.clock.now;
    desk.world.advance(60_000);
    await desk.world.join("cleo@example.org", "morning");
    const source = issueFile("morning", "one", "The ferry is late");
    const now = (await desk.call("POST", "/api/issues/audience", { source })).body;
    expect(now).toEqual({
      newsletter: { slug: "morning", name: "The morning letter" },
      slug: "one",
      sender: { name: "The Harbour Courier", address: "morning@harbourcourier.example" },
      subject: "The ferry is late",
      preheader: "What there is to know",
      provider: "outbox",
      recipients: 3,
      paused: 0,
      asOf: desk.world.clock.now,
      faults: [],
    });
    const then = (await desk.call("POST", "/api/issues/audience", { source, asOf: before })).body;
    expect(then.recipients).toBe(2);
    expect((await desk.call("POST", "/api/issues/audience", { source, asOf: desk.world.clock.now + 1 })).status).toBe(
      422,
    );
    expect((await desk.call("GET", "/api/issues")).body.issues).toEqual([]);
  });

  test("is kept as a draft, over an earlier one of its slug", async () => {
    await using desk = await openNewsroom();
    await desk.call("PUT", "/api/issues", { source: issueFile("morning", "one", "First") });
    const saved = await desk.call("PUT", "/api/issues", { source: issueFile("morning", "one", "Second") });
    expect(saved.body.issue).toMatchObject({ newsletter: "morning", slug: "one", subject: "Second", status: "draft" });
    expect(saved.body.issue).not.toHaveProperty("source");
    expect((await desk.call("GET", "/api/issues")).body.issues).toHaveLength(1);
  });

  test("with a fault is refused with all of them", async () => {
    await using desk = await openNewsroom();
    const answer = await desk.call("PUT", "/api/issues", { source: issueFile("morning", "Not A Slug") });
    expect(answer.status).toBe(422);
    expect(answer.body.error.code).toBe("preflight");
    expect(answer.body.error.faults[0]).toMatchObject({ level: "error", line: 5 });
  });

  test("is tried out by a mail whose notice tells when it has left", async () => {
    await using desk = await openNewsroom();
    const asked = { source: issueFile("morning", "one"), to: "desk@example.org" };
    const owed = await desk.call("POST", "/api/issues/test", asked);
    expect(owed.status).toBe(202);
    expect(owed.body.to).toBe("desk@example.org");
    const path = `/api/notices/${owed.body.notice}`;
    expect((await desk.call("GET", path)).body.notice).toMatchObject({ kind: "test", state: "waiting", mail: null });
    await desk.world.drain();
    const { notice } = (await desk.call("GET", path)).body;
    expect(notice).toMatchObject({ state: "accepted", settledAt: desk.world.clock.now, reason: null });
    expect(await desk.world.ctx.keep?.read(notice.mail)).not.toBeNull();
    expect((await desk.call("GET", "/api/notices/999")).status).toBe(404);
  });

  test("whose test mail the provider refuses has a notice that says why", async () => {
    await using desk = await openNewsroom();
    const asked = { source: issueFile("morning", "one"), to: "desk@example.org" };
    const owed = await desk.call("POST", "/api/issues/test", asked);
    desk.world.fault = () => ({ result: "rejected", reason: "no such mailbox" });
    await desk.world.drain();
    const { notice } = (await desk.call("GET", `/api/notices/${owed.body.notice}`)).body;
    expect(notice).toMatchObject({ state: "failed", reason: "no such mailbox" });
  });
});

describe("a draft", () => {
  const path = "/api/issues/morning/one";

  async function withDraft(): Promise<Desk> {
    const desk = await openNewsroom();
    await desk.call("PUT", "/api/issues", { source: issueFile("morning", "one") });
    return desk;
  }

  test("goes to whom its audience named, and its status adds up", async () => {
    await using desk = await withDraft();
    const { recipients, asOf } = (await desk.call("GET", `${path}/audience`)).body;
    expect(recipients).toBe(2);
    const sent = await desk.call("POST", `${path}/send`, { expect: recipients, asOf });
    expect(sent.status).toBe(202);
    expect(sent.body).toMatchObject({ resumed: false, issue: { status: "sending", audienceAt: asOf } });
    await desk.world.drain();
    const status = (await desk.call("GET", path)).body;
    expect(status.issue.status).toBe("sent");
    expect(status.sums).toEqual({ planned: 2, open: 0, accepted: 2, failed: 0, skipped: 0, inDoubt: 0 });
    expect(status.work).toEqual({ dueAt: null, held: 0, heldUntil: null });
    expect(await desk.world.mails("ada@example.org")).toHaveLength(2);
  });

  test("is not sent where the count differs", async () => {
    await using desk = await withDraft();
    const answer = await desk.call("POST", `${path}/send`, { expect: 3, asOf: desk.world.clock.now });
    expect(answer.status).toBe(409);
    expect(answer.body.error).toMatchObject({ code: "conflict", field: "expect" });
    expect((await desk.call("GET", path)).body.issue.status).toBe("draft");
  });

  test("is sent once: a second time is refused with when and to how many", async () => {
    await using desk = await withDraft();
    const agreed = { expect: 2, asOf: desk.world.clock.now };
    await desk.call("POST", `${path}/send`, agreed);
    await desk.world.drain();
    const again = await desk.call("POST", `${path}/send`, agreed);
    expect(again.status).toBe(409);
    expect(again.body.error.code).toBe("refused");
    expect(again.body.error.message).toContain("2026-11-22 08:00 UTC to 2 of 2 readers");
  });

  test("that was begun goes on with the same call", async () => {
    await using desk = await withDraft();
    const agreed = { expect: 2, asOf: desk.world.clock.now };
    await desk.call("POST", `${path}/send`, agreed);
    expect((await desk.call("POST", `${path}/send`, agreed)).body.resumed).toBe(true);
    await desk.world.drain();
    expect(await desk.world.mails("bram@example.org")).toHaveLength(2);
  });

  test("whose batch waits tells until when", async () => {
    await using desk = await withDraft();
    await desk.call("POST", `${path}/send`, { expect: 2, asOf: desk.world.clock.now });
    desk.world.fault = () => ({ result: "pause", reason: "daily quota", after: 3_600_000 });
    await desk.world.drain();
    const status = (await desk.call("GET", path)).body;
    expect(status.issue).toMatchObject({ status: "sending", error: "daily quota" });
    expect(status.sums.open).toBe(2);
    expect(status.work).toEqual({ dueAt: desk.world.clock.now + 3_600_000, held: 0, heldUntil: null });
  });
});
