import { expect, test } from "vitest";
import { addReaders, openStage, type Stage } from "./stage.ts";

/** An issue whose three mails are in doubt. */
async function doubtful(): Promise<Stage> {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  await stage.world.send("morning", "one");
  stage.world.fault = () => ({ result: "conflict", reason: "the key stands for other mails" });
  await stage.world.drain();
  return stage;
}

const resolve = ["issue", "resolve", "morning/one"];

test("without a decision it shows how many, why, and with --list whom", async () => {
  await using stage = await doubtful();
  const { code, out, err } = await stage.tidings(resolve);
  expect([code, out]).toEqual([
    0,
    "3 mails of morning/one are in doubt: nobody knows whether they have left.\n3 readers  the key stands for other mails\n",
  ]);
  expect(err).toContain("If they have left:     tidings issue resolve morning/one --in-doubt sent");
  expect(err).toContain("If they have not left: tidings issue resolve morning/one --in-doubt resend");
  const listed = await stage.tidings([...resolve, "--list", "--limit", "2"]);
  expect(listed.out).toMatch(/^\d+ +reader0@example.org$/m);
  expect(listed.err).toMatch(/More: add --after \d+/);
  expect(await stage.json(...resolve)).not.toHaveProperty("readers");
  expect((await stage.json(...resolve, "--list")).readers).toHaveLength(3);
});

test("counting as sent asks for the number, and the issue is sent then", async () => {
  await using stage = await doubtful();
  const { code, out, err } = await stage.tidings([...resolve, "--in-doubt", "sent"], { answers: ["3"] });
  expect(err).toContain("Whoever has not got it gets nothing more of it.");
  expect(err).toContain("Type the number of mails (3) to count them as sent: ");
  expect(err).toContain("3 mails that were in doubt count as sent now.");
  expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/one to 3 of 3 readers."]);
  expect(out).toMatch(/accepted +3 readers: resolved by hand: counted as sent on \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  expect(await stage.tidings(resolve)).toMatchObject({ code: 0, out: "No mail of morning/one is in doubt.\n" });
});

test("sending again says what that may mean, and pays at once", async () => {
  await using stage = await doubtful();
  const { code, out, err } = await stage.tidings([...resolve, "--in-doubt", "resend"], { answers: ["3"] });
  expect(err).toContain("Whoever has got it gets it twice.");
  expect(err).toContain("3 mails that were in doubt leave again.");
  expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/one to 3 of 3 readers."]);
});

test.each([["2"], ["yes"], [""]])('decides nothing for "%s"', async (typed) => {
  await using stage = await doubtful();
  const { code, err } = await stage.tidings([...resolve, "--in-doubt", "resend"], { answers: [typed] });
  expect([code, err.includes("nothing was done")]).toEqual([2, true]);
  expect((await stage.json(...resolve)).inDoubt).toBe(3);
});

test("a script names the number, which must be right", async () => {
  await using stage = await doubtful();
  const decide = [...resolve, "--in-doubt", "sent"];
  expect(await stage.tidings(decide)).toMatchObject({ code: 2 });
  expect(await stage.tidings([...decide, "--yes"])).toMatchObject({ code: 2 });
  expect(await stage.tidings([...decide, "--yes", "--expect", "2"])).toMatchObject({ code: 5 });
  expect(await stage.json(...decide, "--yes", "--expect", "3")).toMatchObject({
    resolved: 3,
    issue: { status: "sent" },
  });
  expect(await stage.tidings([...decide, "--yes", "--expect", "3"])).toMatchObject({ code: 5 });
});

test.each([[["--yes", "--expect", "3"]], [["--in-doubt", "perhaps"]], [["--in-doubt"]]])(
  "half a decision is refused: %j",
  async (flags) => {
    await using stage = await doubtful();
    expect(await stage.tidings([...resolve, ...flags])).toMatchObject({ code: 2 });
  },
);

test("of a cancelled issue only one decision is left", async () => {
  await using stage = await doubtful();
  await stage.tidings(["issue", "cancel", "morning/one", "--yes"]);
  expect((await stage.tidings(resolve)).err).not.toContain("resend");
  const { code } = await stage.tidings([...resolve, "--in-doubt", "resend", "--yes", "--expect", "3"]);
  expect(code).toBe(5);
});

test.each(["sent", "resend"])("with nothing in doubt there is nothing to decide: %s", async (as) => {
  await using stage = await doubtful();
  await stage.tidings([...resolve, "--in-doubt", "sent", "--yes", "--expect", "3"]);
  const ran = await stage.tidings([...resolve, "--in-doubt", as]);
  expect(ran).toMatchObject({ code: 0, out: "No mail of morning/one is in doubt.\n", err: "" });
  expect(await stage.json(...resolve, "--in-doubt", as)).toMatchObject({ resolved: 0, inDoubt: 0 });
});
