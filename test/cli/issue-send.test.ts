import { describe, expect, test } from "vitest";
import { claimIssueBatch, leaseMs } from "../../src/delivery/claim.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { addReaders, issueFile, openStage, type Stage } from "./stage.ts";

async function newsroom(): Promise<{ stage: Stage; file: string } & AsyncDisposable> {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  const file = stage.file("one.md", issueFile("one", { subject: "The ferry is late" }));
  return { stage, file, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

async function issueMails(stage: Stage): Promise<string[]> {
  const mails = await stage.world.mails();
  return mails.filter((mail) => mail.subject === "The ferry is late").map((mail) => mail.to);
}

describe("tidings issue send on a terminal", () => {
  test("shows what would leave, has the number typed, and sends", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const { code, out, err, drawn } = await stage.tidings(["issue", "send", file], { answers: ["3"], draws: true });
    expect(code).toBe(0);
    expect(err).toMatch(/newsletter +The morning letter \(morning\)/);
    expect(err).toMatch(/from +The Harbour Courier <morning@harbourcourier.example>/);
    expect(err).toMatch(/subject +The ferry is late/);
    expect(err).toMatch(/preheader +What there is/);
    expect(err).toMatch(/provider +outbox/);
    expect(err).toMatch(/recipients +3 as of \d{4}-\d\d-\d\dT/);
    expect(err).toContain("Type the number of recipients (3) to send: ");
    expect(out).toContain("Sent morning/one to 3 of 3 readers.");
    expect(out).toContain("recipients  3 = 3 accepted + 0 failed + 0 skipped + 0 in doubt + 0 open");
    expect(drawn.at(-2)).toContain("3 of 3 accepted");
    expect(drawn.at(-1)).toBe("");
    expect((await issueMails(stage)).sort()).toEqual([
      "reader0@example.org",
      "reader1@example.org",
      "reader2@example.org",
    ]);
  });

  test.each([["2"], ["yes"], [""], ["03"]])('sends nothing for "%s"', async (typed) => {
    await using room = await newsroom();
    const { stage, file } = room;
    const { code, out, err } = await stage.tidings(["issue", "send", file], { answers: [typed] });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("nothing was sent");
    expect(await issueMails(stage)).toEqual([]);
  });

  test("sends nothing when the draft was changed by somebody else meanwhile: exit code 5", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const meanwhile = async () => {
      stage.world.clock.now = Date.now() + 1_000;
      await saveDraft(stage.world.ctx, { source: issueFile("one", { text: "Another text." }) });
      return "3";
    };
    const { code, err } = await stage.tidings(["issue", "send", file], { answers: [meanwhile] });
    expect([code, err.includes("Somebody else changed the draft")]).toEqual([5, true]);
    expect(await issueMails(stage)).toEqual([]);
  });

  test("sends nothing when the question is interrupted", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    expect((await stage.tidings(["issue", "send", file], { answers: ["^C"] })).code).toBe(130);
    expect(await issueMails(stage)).toEqual([]);
  });
});

describe("tidings issue send in a script", () => {
  const agreed = (expect: number, asOf = new Date().toISOString()) => [
    "--yes",
    "--expect",
    String(expect),
    "--as-of",
    asOf,
  ];

  test("without --yes says what it wants and sends nothing", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const { code, out, err } = await stage.tidings(["issue", "send", file]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("there is no terminal to ask on");
    expect(err).toContain("--yes --expect NUMBER --as-of TIME");
    expect(await issueMails(stage)).toEqual([]);
  });

  test("takes number and instant from a dry run, which changes nothing", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const seen = await stage.json("issue", "send", file, "--dry-run");
    expect(seen).toMatchObject({ schema: 1, slug: "one", recipients: 3, subject: "The ferry is late" });
    expect((await stage.json("issue", "list")).issues).toEqual([]);
    const sent = await stage.json("issue", "send", file, ...agreed(seen.recipients, seen.asOf));
    expect(sent).toMatchObject({
      schema: 1,
      issue: { newsletter: "morning", slug: "one", status: "sent", audienceAt: seen.asOf },
      sums: { planned: 3, open: 0, accepted: 3, failed: 0, skipped: 0, inDoubt: 0 },
    });
    expect(await issueMails(stage)).toHaveLength(3);
  });

  test("prints sparse lines on standard error and the sums on standard output", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const { code, out, err, drawn } = await stage.tidings(["issue", "send", file, ...agreed(3)]);
    expect(code).toBe(0);
    expect(drawn.filter((line) => line !== "")).toEqual([]);
    expect(err).toContain("3 of 3 accepted");
    expect(err).toContain("Read it at https://letters.harbourcourier.example/n/morning/one");
    expect(out).not.toContain("Read it");
  });

  test("sends nothing where the number differs: exit code 5", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const { code, err } = await stage.tidings(["issue", "send", file, ...agreed(4)]);
    expect(code).toBe(5);
    expect(err).toContain("would go to 3 readers");
    expect(await issueMails(stage)).toEqual([]);
    expect((await stage.tidings(["issue", "send", file, "--dry-run", ...agreed(4)])).code).toBe(5);
  });

  test("goes to those who were readers at the instant, and to nobody who came later", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    const asOf = new Date(stage.world.clock.now).toISOString();
    stage.world.advance(60_000);
    await stage.world.join("late@example.org", "morning");
    expect((await stage.tidings(["issue", "send", file, ...agreed(3, asOf)])).code).toBe(0);
    expect(await issueMails(stage)).not.toContain("late@example.org");
  });

  test.each([
    [["--yes"]],
    [["--yes", "--expect", "3"]],
    [["--expect", "3", "--as-of", "2026-11-22T06:30:00Z"]],
    [["--yes", "--expect", "three", "--as-of", "2026-11-22T06:30:00Z"]],
    [["--yes", "--expect", "3", "--as-of", "this morning"]],
    [["--yes", "--expect", "3", "--as-of", "2026-11-22T06:30:00"]],
    [["--yes", "--expect", "3", "--as-of", "2999-01-01T00:00:00Z"]],
  ])("refuses half an agreement: %j", async (flags) => {
    await using room = await newsroom();
    const { stage, file } = room;
    expect((await stage.tidings(["issue", "send", file, ...flags])).code).toBe(2);
    expect(await issueMails(stage)).toEqual([]);
  });
});

describe("an issue that was sent", () => {
  test("is not sent again: exit code 5, with when and to how many it went", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    await stage.tidings(["issue", "send", file], { answers: ["3"] });
    for (const word of [file, "morning/one"]) {
      const { code, out, err } = await stage.tidings(["issue", "send", word]);
      expect([code, out]).toEqual([5, ""]);
      expect(err).toMatch(/was sent on \d{4}-\d\d-\d\d \d\d:\d\d UTC to 3 of 3 readers/);
    }
    expect(await issueMails(stage)).toHaveLength(3);
  });

  test("and has a changed file is refused as well", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    await stage.tidings(["issue", "send", file], { answers: ["3"] });
    const changed = stage.file("two.md", issueFile("one", { text: "Another text." }));
    expect((await stage.tidings(["issue", "send", changed])).code).toBe(5);
  });

  test("has a status that adds up", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    await stage.tidings(["issue", "send", file], { answers: ["3"] });
    const { out } = await stage.tidings(["issue", "status", "morning/one"]);
    expect(out).toMatch(/^status +sent$/m);
    expect(out).toContain("3 = 3 accepted + 0 failed");
    expect((await stage.json("issue", "status")).statuses).toMatchObject([{ issue: { slug: "one" } }]);
    expect((await stage.tidings(["issue", "list"])).out).toMatch(/morning\/one +sent +\d{4}-.* The ferry is late/);
    expect((await stage.tidings(["issue", "status", "morning/two"])).code).toBe(1);
    expect((await stage.tidings(["issue", "status", "morning"])).code).toBe(2);
  });
});

describe("an issue that was begun", () => {
  test("goes on with the same command, without asking for the count again", async () => {
    await using room = await newsroom();
    const { stage, file } = room;
    await stage.world.send("morning", "begun", { subject: "The ferry is late" });
    const { code, out, err } = await stage.tidings(["issue", "send", "morning/begun"]);
    expect(code).toBe(0);
    expect(err).toContain("Going on with morning/begun, which was sending.");
    expect(out).toContain("Sent morning/begun to 3 of 3 readers.");
    expect(file).toContain("one.md");
  });

  test("waits for batches that a dead process holds, says so, and ends by itself", async () => {
    await using room = await newsroom();
    const { stage } = room;
    await stage.world.send("morning", "held", { subject: "The ferry is late" });
    while (await planSlice(stage.world.ctx));
    stage.world.clock.now = Date.now() - leaseMs + 6_000;
    expect(await claimIssueBatch(stage.world.ctx)).not.toBeNull();
    const { code, out, err } = await stage.tidings(["issue", "send", "morning/held"]);
    expect(err).toMatch(
      /One batch is in the hands of another process; if that has ended, sending goes on at \d\d:\d\d:\d\d UTC\./,
    );
    expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/held to 3 of 3 readers."]);
    expect(await issueMails(stage)).toHaveLength(3);
  });
});

describe("an issue that must not leave", () => {
  test("has faults, which are shown: exit code 3", async () => {
    await using room = await newsroom();
    const { stage } = room;
    const file = stage.file("bad.md", issueFile("one").replace("subject:", "subjekt:"));
    for (const flags of [[], ["--dry-run"]]) {
      const { code, out, err } = await stage.tidings(["issue", "send", file, ...flags]);
      expect([code, out]).toEqual([3, ""]);
      expect(err).toContain(`${file}:3:1 error unknown-key`);
    }
  });

  test("has nobody to go to: exit code 3", async () => {
    await using room = await newsroom();
    const { stage } = room;
    await stage.world.newsletter("evening");
    const file = stage.file("two.md", issueFile("two", { newsletter: "evening" }));
    const { code, err } = await stage.tidings(["issue", "send", file], { answers: [] });
    expect(code).toBe(3);
    expect(err).toContain("has no readers");
  });

  test("is neither a file nor a name: exit code 2; an unknown name: 1", async () => {
    await using room = await newsroom();
    expect((await room.stage.tidings(["issue", "send", "nowhere.md"])).code).toBe(2);
    expect((await room.stage.tidings(["issue", "send", "morning/nothing"])).code).toBe(1);
  });
});
