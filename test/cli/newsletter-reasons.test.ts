import { expect, test } from "vitest";
import { formsOf } from "../world/forms.ts";
import { openStage } from "./stage.ts";

test("tidings newsletter reasons counts what readers said, and shows their words", async () => {
  await using stage = await openStage();
  const { world } = stage;
  await world.newsletter("morning");
  const readers = ["ada@reader.example", "bea@reader.example", "cleo@reader.example"];
  for (const reader of readers) await world.join(reader, "morning");
  await world.send("morning", "one");
  await world.drain();
  const said = [
    { reason: "too-many", note: "Twice a week would do.\u202e" },
    { reason: "too-many" },
    { reason: "not-for-me", note: "" },
  ];
  for (const [at, reader] of readers.entries()) {
    const link = (await world.mails(reader)).at(-1)?.leaveLink ?? "";
    const page = await (await world.post(link, { by: "page" })).text();
    const action = formsOf(page).find((form) => form.action.endsWith("/reason"))?.action ?? "";
    await world.post(action, said[at]);
  }
  const { code, out } = await stage.tidings(["newsletter", "reasons", "morning"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^READERS {2}REASON\n {6}2 {2}too many mails\n {6}1 {2}not what they were looking for$/m);
  expect(out).toMatch(/^\d{4}-\d\d-\d\d {2}Twice a week would do\.$/m);
  const json = await stage.json("newsletter", "reasons", "morning", "--days", "7", "--limit", "1");
  expect(json).toMatchObject({
    total: 3,
    reasons: [
      { reason: "too-many", n: 2 },
      { reason: "not-for-me", n: 1 },
    ],
  });
});

test("it says that nobody has said anything, and refuses what is no number of days", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  expect((await stage.tidings(["newsletter", "reasons", "morning"])).out).toContain(
    "Nobody has said why in the last 90 days.",
  );
  expect((await stage.tidings(["newsletter", "reasons", "morning", "--days", "0"])).code).toBe(2);
  expect((await stage.tidings(["newsletter", "reasons", "evening"])).code).toBe(1);
});
