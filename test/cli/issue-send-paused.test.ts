import { expect, test } from "vitest";
import { addReaders, issueFile, openStage } from "./stage.ts";

test("tidings issue send says beside the number of recipients who takes a break, and mails the others alone", async () => {
  await using stage = await openStage();
  const { world } = stage;
  await world.newsletter("morning");
  await addReaders(world, "morning", 2);
  await world.join("ada@reader.example", "morning");
  const link = `/p/${world.ctx.signer.sign("preferences", [3])}`;
  expect((await world.post(link, { do: "pause", newsletter: "morning", weeks: "2" })).status).toBe(200);
  const file = stage.file("one.md", issueFile("one"));
  const dry = await stage.tidings(["issue", "send", file, "--dry-run"]);
  expect(dry.out).toMatch(/recipients +2 as of \S+, without 1 who takes a break/);
  expect(await stage.json("issue", "send", file, "--dry-run")).toMatchObject({ recipients: 2, paused: 1 });
  const sent = await stage.tidings(["issue", "send", file], { answers: ["2"] });
  expect(sent.out).toContain("to 2 of 2 readers.");
});
