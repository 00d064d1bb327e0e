import { describe, expect, test } from "vitest";
import { type HoldKind, holdMail } from "../../src/instance/hold.ts";
import { addReaders, openStage, type Stage } from "./stage.ts";

/** An installation whose mails are held: half of an issue is sent, and one confirmation waits. */
async function held(kind: HoldKind): Promise<Stage> {
  const stage = await openStage({ limits: { members: 1 } });
  const { world } = stage;
  await world.newsletter("morning");
  await addReaders(world, "morning", 2);
  await world.send("morning", "one");
  await world.turn();
  await world.signUp("old@example.org", "morning");
  await holdMail(world.ctx, { kind, reason: "this database was put back from the backup of 2026-11-22 08:00 UTC." });
  await world.signUp("new@example.org", "morning");
  return stage;
}

const notices = async ({ world }: Stage) =>
  (await world.recipients()).filter((to) => to === "old@example.org" || to === "new@example.org");

describe("while mails are held", () => {
  test("every place that shows how things stand says so and why", async () => {
    await using stage = await held("backup");
    const why = "this database was put back from the backup of 2026-11-22 08:00 UTC.";
    const shown = await stage.tidings(["instance", "show"]);
    expect(shown.out).toMatch(new RegExp(`^all mails are held +${why}$`, "m"));
    expect(shown.err).toContain("tidings instance release");
    expect((await stage.tidings(["issue", "status", "morning/one"])).out).toMatch(
      new RegExp(`^all mails are held +${why}$`, "m"),
    );
    expect((await stage.json("issue", "status", "morning/one")).held).toBe(why);
    expect((await stage.json("instance", "show")).instance.held).toMatchObject({ kind: "backup", reason: why });
    const health = await stage.world.get("/healthz");
    expect([health.status, await health.json()]).toEqual([200, { status: "ok", held: "backup" }]);
  });

  test("sending is refused with exit code 3 and the command that ends it", async () => {
    await using stage = await held("backup");
    const ran = await stage.tidings(["issue", "send", "morning/one"]);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain("No mail may leave now: this database was put back");
    expect(ran.err).toContain("tidings instance release");
  });
});

describe("tidings instance release", () => {
  test("shows what waits, wants a yes, gives up older notices and pauses what was being sent", async () => {
    await using stage = await held("backup");
    const refused = await stage.tidings(["instance", "release"], { answers: ["no"] });
    expect([refused.code, refused.err.includes("mails stay held")]).toEqual([2, true]);
    const ran = await stage.tidings(["instance", "release"], { answers: ["yes"] });
    expect(ran.err).toMatch(/^older notices +1: given up, since they may have left before$/m);
    expect(ran.err).toMatch(/^newer notices +1: sent$/m);
    expect(ran.err).toMatch(/^morning\/one +sending +\d +\d +is paused: what is open may have left meanwhile$/m);
    expect([ran.code, ran.out]).toEqual([0, "Mails may leave again. 1 notice was given up.\n"]);
    expect(ran.err).toContain("tidings issue send morning/one   or   tidings issue cancel morning/one");
    await stage.world.drain();
    expect(await notices(stage)).toEqual(["new@example.org"]);
    expect((await stage.json("issue", "status", "morning/one")).issue).toMatchObject({
      status: "paused",
      stopReason: "stale",
    });
  });

  test("on a narrow terminal tells below each issue, uncut, what becomes of it", async () => {
    await using stage = await held("backup");
    const ran = await stage.tidings(["instance", "release"], { answers: ["no"], columns: 60 });
    expect(ran.err).toMatch(
      /^ISSUE +STATUS +ACCEPTED +OPEN\nmorning\/one +sending +\d +\d\n {2}is paused: what is open may have left meanwhile$/m,
    );
  });

  test("sends older notices too with --keep-notices", async () => {
    await using stage = await held("restored");
    const ran = await stage.tidings(["instance", "release", "--yes", "--keep-notices"]);
    expect(ran.out).toBe("Mails may leave again.\n");
    await stage.world.drain();
    expect(await notices(stage)).toEqual(["old@example.org", "new@example.org"]);
  });

  test.each([
    [[], 0, ["old@example.org", "new@example.org"]],
    [["--drop-notices"], 1, ["new@example.org"]],
  ])("after a clock that went back gives up notices only when told to: %j", async (flags, dropped, mailed) => {
    await using stage = await held("clock");
    expect(await stage.json("instance", "release", "--yes", ...flags)).toMatchObject({
      released: true,
      dropped,
      paused: [],
    });
    await stage.world.drain();
    expect(await notices(stage)).toEqual(mailed);
    expect((await stage.json("issue", "status", "morning/one")).issue.status).toBe("sent");
  });

  test("wants a terminal or --yes, and one of the two flags at most", async () => {
    await using stage = await held("backup");
    const alone = await stage.tidings(["instance", "release"]);
    expect([alone.code, alone.err]).toEqual([
      2,
      expect.stringMatching(/is paused: what is open may have left meanwhile\n.*no terminal.*\n.*pass --yes\.\n$/s),
    ]);
    const program = await stage.tidings(["instance", "release", "--json"]);
    expect(JSON.parse(program.err).error.code).toBe("invalid");
    expect((await stage.tidings(["instance", "release", "--yes", "--drop-notices", "--keep-notices"])).code).toBe(2);
    expect((await stage.json("instance", "show")).instance.held).not.toBeNull();
  });

  test("changes nothing where nothing is held", async () => {
    await using stage = await openStage();
    const ran = await stage.tidings(["instance", "release"]);
    expect([ran.code, ran.out]).toEqual([0, "Mails are not held: nothing was changed.\n"]);
  });
});

test("the time zone of schedules is set by name, and one that is none is refused", async () => {
  await using stage = await openStage();
  expect((await stage.json("instance", "show")).instance.timeZone).toBe("UTC");
  expect((await stage.json("instance", "set", "--time-zone", "Europe/Kyiv")).instance.timeZone).toBe("Europe/Kyiv");
  expect((await stage.tidings(["instance", "show"])).out).toMatch(/^time zone +Europe\/Kyiv$/m);
  for (const zone of ["Mars/Base", "CEST+1", ""]) {
    const ran = await stage.tidings(["instance", "set", "--time-zone", zone]);
    expect([ran.code, ran.err.includes("--time-zone must be a time zone such as Europe/Kyiv")]).toEqual([2, true]);
  }
});
