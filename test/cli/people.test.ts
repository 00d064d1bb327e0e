import { describe, expect, test } from "vitest";
import { day, hour } from "../world.ts";
import { openStage } from "./stage.ts";

async function withAda() {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await stage.world.signUp("ada@example.org", "morning", { name: "Ada \x1b]0;owned\x07Fenwick" });
  await stage.world.drain();
  await stage.world.confirm("ada@example.org");
  return stage;
}

describe("tidings subscriber", () => {
  test("lists people in pages", async () => {
    await using stage = await withAda();
    await stage.world.join("bram@example.org", "morning");
    const first = await stage.tidings(["subscriber", "list", "--limit", "1"]);
    expect(first.out).toContain("ada@example.org");
    expect(first.err).toBe("More: add --after 1\n");
    const second = await stage.json("subscriber", "list", "--after", "1");
    expect(second).toMatchObject({ schema: 1, next: null, subscribers: [{ email: "bram@example.org" }] });
    expect(second.subscribers[0].createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test("shows one with the proof of consent", async () => {
    await using stage = await withAda();
    const { code, out } = await stage.tidings(["subscriber", "show", "ada@example.org"]);
    expect(code).toBe(0);
    expect(out).toMatch(/asked +form/);
    expect(out).toMatch(/confirmed +link/);
    const { subscriber } = await stage.json("subscriber", "show", "ada@example.org");
    expect(subscriber.consents).toHaveLength(2);
  });

  test("tells the language that one has chosen, and until when one takes a break", async () => {
    await using stage = await withAda();
    const { world } = stage;
    await world.newsletter("weekend");
    world.advance(hour);
    await world.join("ada@example.org", "weekend");
    await world.send("morning", "first");
    await world.drain();
    const show = ["subscriber", "show", "ada@example.org"];
    const before = await stage.tidings(show);
    expect(before.out).toMatch(/^language +that of each newsletter$/m);
    expect(before.out).toMatch(/^morning +active +\S+ \S+ UTC +–$/m);
    const link = (await world.mails("ada@example.org")).at(-1)?.preferencesLink ?? "";
    await world.post(link, { do: "profile", name: "Ada", language: "uk" });
    await world.post(link, { do: "pause", newsletter: "morning", weeks: "4" });
    const until = new Date(world.clock.now + 28 * day).toISOString();
    const { out } = await stage.tidings(show);
    expect(out).toMatch(/^language +uk$/m);
    expect(out).toMatch(
      new RegExp(`^morning +active +\\S+ \\S+ UTC +${until.slice(0, 16).replace("T", " ")} UTC$`, "m"),
    );
    expect(out).toMatch(/^weekend +active +\S+ \S+ UTC +–$/m);
    expect((await stage.json(...show)).subscriber).toMatchObject({
      language: "uk",
      subscriptions: [{ newsletter: "morning", pausedUntil: until }, { pausedUntil: null }],
    });
    expect((await stage.tidings(["subscriber", "list"])).out).toContain("morning active (paused), weekend active");
  });

  test("lets no name steer the terminal", async () => {
    await using stage = await withAda();
    for (const argv of [
      ["subscriber", "list"],
      ["subscriber", "show", "ada@example.org"],
    ]) {
      const { out } = await stage.tidings(argv);
      expect(out).not.toContain("\x1b");
      expect(out).not.toContain("\x07");
      expect(out).toContain("Fenwick");
    }
  });

  test("refuses a status that is none, and an address that nobody has", async () => {
    await using stage = await withAda();
    expect((await stage.tidings(["subscriber", "list", "--status", "happy"])).code).toBe(2);
    expect((await stage.tidings(["subscriber", "show", "nobody@example.org"])).code).toBe(1);
  });
});

describe("tidings suppression", () => {
  test("adds, lists and removes", async () => {
    await using stage = await withAda();
    const add = ["suppression", "add", "ada@example.org", "--newsletter", "morning", "--reason", "complaint"];
    expect((await stage.tidings(add)).out).toBe("Suppressed ada@example.org (morning).\n");
    expect((await stage.tidings(add)).out).toBe("ada@example.org was suppressed already (morning).\n");
    expect((await stage.tidings(["suppression", "list"])).out).toMatch(/ada@example.org +morning +complaint/);
    expect((await stage.tidings(["subscriber", "show", "ada@example.org"])).out).toMatch(
      /suppressed +morning: complaint/,
    );
    expect(await stage.tidings(["suppression", "remove", "ada@example.org"])).toMatchObject({ code: 1 });
    expect(await stage.json("suppression", "remove", "ada@example.org", "--newsletter", "morning")).toEqual({
      schema: 1,
      removed: true,
    });
    expect((await stage.tidings(["suppression", "list"])).out).toBe("No suppressions.\n");
  });
});

describe("tidings erase", () => {
  test("shows what would go and does nothing", async () => {
    await using stage = await withAda();
    const { code, out } = await stage.tidings(["erase", "ada@example.org", "--dry-run"]);
    expect([code, out]).toEqual([0, "Would erase ada@example.org with 1 subscription and 2 consent events.\n"]);
    expect((await stage.tidings(["subscriber", "show", "ada@example.org"])).code).toBe(0);
  });

  test("asks for the address again and takes no other", async () => {
    await using stage = await withAda();
    const wrong = await stage.tidings(["erase", "ada@example.org"], { answers: ["yes"] });
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(await stage.tidings(["erase", "ada@example.org"], { answers: ["^C"] })).toMatchObject({ code: 130 });
    expect((await stage.tidings(["subscriber", "show", "ada@example.org"])).code).toBe(0);
    const right = await stage.tidings(["erase", "ada@example.org"], { answers: ["ada@example.org"] });
    expect(right).toMatchObject({ code: 0 });
    expect((await stage.tidings(["subscriber", "show", "ada@example.org"])).code).toBe(1);
  });

  test("without a terminal wants --yes", async () => {
    await using stage = await withAda();
    const refused = await stage.tidings(["erase", "ada@example.org"]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("--yes");
    expect(await stage.json("erase", "ada@example.org", "--yes")).toEqual({ schema: 1, erased: true });
  });
});
