import { describe, expect, test } from "vitest";
import { addReaders, issueFile, openStage, type Stage } from "./stage.ts";

const hour = 3_600_000;

async function openOffice(readers = 3): Promise<Stage> {
  const stage = await openStage({ instance: { timeZone: "Europe/Kyiv" } });
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", readers);
  return stage;
}

const status = async (stage: Stage, slug = "one") => (await stage.json("issue", "status", `morning/${slug}`)).issue;

describe("tidings issue schedule", () => {
  test("shows what begins when, in the instance's zone and by UTC, and wants a yes", async () => {
    await using stage = await openOffice();
    const file = stage.file("one.md", issueFile("one"));
    const ran = await stage.tidings(["issue", "schedule", file, "--at", "in 15 h 30 min"], { answers: ["yes"] });
    expect(ran.code).toBe(0);
    expect(ran.err).toMatch(/^recipients {2}3 readers now; it goes to those of that time$/m);
    expect(ran.err).toMatch(/^begins {6}\w{3} \d+ \w{3} \d{4}, [\d:]+ Europe\/Kyiv \(.*UTC\), in 15 h 30 min$/m);
    expect(ran.out).toMatch(
      /^Scheduled morning\/one: it begins \w{3} \d+ \w{3} \d{4}, .* Europe\/Kyiv \(.* UTC\), in 15 h \d\d min\.$/m,
    );
    expect(ran.err).toContain("Until then it can be taken back with: tidings issue recall morning/one");
    expect(ran.err).toContain("No server runs on this database: the issue begins only once one does");
    const at = Date.parse((await status(stage)).scheduledAt);
    expect(Math.abs(at - Date.now() - 15.5 * hour)).toBeLessThan(60_000);
  });

  test("without a yes keeps the draft, and without a terminal wants --yes", async () => {
    await using stage = await openOffice();
    const file = stage.file("one.md", issueFile("one"));
    const refused = await stage.tidings(["issue", "schedule", file, "--at", "in 2h"], { answers: ["y"] });
    expect([refused.code, refused.err.includes("nothing was scheduled")]).toEqual([2, true]);
    const mute = await stage.tidings(["issue", "schedule", file, "--at", "in 2h"]);
    expect([mute.code, mute.err.includes("Pass --yes")]).toEqual([2, true]);
    expect((await status(stage)).status).toBe("draft");
    expect((await stage.tidings(["issue", "schedule", file, "--at", "in 2h", "--yes"])).code).toBe(0);
    expect((await status(stage)).status).toBe("scheduled");
  });

  test("reads the time in the zone that is named, and refuses one that is none", async () => {
    await using stage = await openOffice();
    const file = stage.file("one.md", issueFile("one"));
    const there = ["issue", "schedule", file, "--at", "tomorrow 7:30", "--zone", "Asia/Kathmandu", "--yes"];
    expect((await stage.tidings(there)).out).toMatch(
      /, 07:30 Asia\/Kathmandu \(\w{3} \d+ \w{3}, 01:45 UTC\)|, 07:30 Asia\/Kathmandu \(01:45 UTC\)/,
    );
    const nowhere = await stage.tidings([
      "issue",
      "schedule",
      file,
      "--at",
      "tomorrow 7:30",
      "--zone",
      "Mars/Base",
      "--yes",
    ]);
    expect([nowhere.code, nowhere.err.includes('"Mars/Base" is no time zone')]).toEqual([2, true]);
  });

  test.each([
    ["today 0:00", "has passed"],
    ["2020-01-01 7:30", "has passed"],
    ["soon", 'Such as "tomorrow 7:30"'],
    ["2027-03-28 03:30", "does not exist"],
  ])("refuses %s before it keeps anything", async (words, said) => {
    await using stage = await openOffice(0);
    const file = stage.file("one.md", issueFile("one"));
    const ran = await stage.tidings(["issue", "schedule", file, "--at", words, "--yes", "--zone", "Europe/Kyiv"]);
    expect([ran.code, ran.err.includes(said)]).toEqual([2, true]);
    expect((await stage.json("issue", "list")).issues).toEqual([]);
  });

  test("wants --at", async () => {
    await using stage = await openOffice(0);
    const ran = await stage.tidings(["issue", "schedule", stage.file("one.md", issueFile("one"))]);
    expect([ran.code, ran.err.includes("--at is missing")]).toEqual([2, true]);
  });

  test("moves a schedule, and shows from when to when", async () => {
    await using stage = await openOffice();
    const file = stage.file("one.md", issueFile("one"));
    await stage.tidings(["issue", "schedule", file, "--at", "in 2h", "--yes"]);
    const ran = await stage.tidings(["issue", "schedule", "morning/one", "--at", "in 3h"], { answers: ["yes"] });
    expect(ran.err).toMatch(/^was to begin .* Europe\/Kyiv/m);
    expect(ran.out).toContain("Moved morning/one: it begins ");
    const json = await stage.json("issue", "schedule", file, "--at", "in 4h", "--yes");
    expect(json).toMatchObject({ moved: true, zone: "Europe/Kyiv", issue: { status: "scheduled" } });
  });

  test("is refused where somebody changed the draft while the question stood there", async () => {
    await using stage = await openOffice();
    const file = stage.file("one.md", issueFile("one"));
    const change = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      stage.file("one.md", issueFile("one", { text: "Good evening." }));
      await stage.tidings(["issue", "test", file, "--to", "desk@example.org"]);
      return "yes";
    };
    const ran = await stage.tidings(["issue", "schedule", file, "--at", "in 2h"], { answers: [change] });
    expect([ran.code, ran.err.includes("Somebody else changed the issue")]).toEqual([5, true]);
    expect((await status(stage)).status).toBe("draft");
  });

  test("of an issue that went out is refused without a question", async () => {
    await using stage = await openOffice();
    await stage.world.send("morning", "one");
    await stage.world.drain();
    const ran = await stage.tidings(["issue", "schedule", "morning/one", "--at", "in 2h"]);
    expect([ran.code, ran.err.includes("cannot be scheduled")]).toEqual([5, true]);
  });
});

describe("tidings issue recall", () => {
  test("takes a scheduled issue back; a second time changes nothing", async () => {
    await using stage = await openOffice();
    await stage.tidings(["issue", "schedule", stage.file("one.md", issueFile("one")), "--at", "in 2h", "--yes"]);
    expect((await stage.tidings(["issue", "recall", "morning/one"])).out).toBe(
      "morning/one is a draft again: nothing of it was sent.\n",
    );
    expect(await stage.json("issue", "recall", "morning/one")).toMatchObject({ recalled: false });
  });

  test("is refused once mails have left", async () => {
    await using stage = await openOffice();
    await stage.world.send("morning", "one");
    await stage.world.drain();
    expect((await stage.tidings(["issue", "recall", "morning/one"])).code).toBe(5);
  });
});

describe("tidings issue send of a scheduled issue", () => {
  test("says so, asks for the number, and sends it now", async () => {
    await using stage = await openOffice();
    await stage.tidings(["issue", "schedule", stage.file("one.md", issueFile("one")), "--at", "in 2h", "--yes"]);
    const wrong = await stage.tidings(["issue", "send", "morning/one"], { answers: ["4"] });
    expect([wrong.code, wrong.err.includes("It stays scheduled")]).toEqual([2, true]);
    const ran = await stage.tidings(["issue", "send", "morning/one"], { answers: ["3"] });
    expect(ran.err).toMatch(/It is scheduled for .* UTC; sent now, it does not wait for that\./);
    expect([ran.code, ran.out.startsWith("Sent morning/one to 3 of 3 readers.")]).toEqual([0, true]);
  });
});
