import { expect, test } from "vitest";
import { issueFile, openStage, type Stage } from "./stage.ts";

async function openSent(): Promise<Stage> {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await stage.world.join("ada@example.org", "morning");
  await stage.world.send("morning", "one");
  await stage.world.drain();
  return stage;
}

const url = "https://letters.harbourcourier.example/n/morning/one";

test("an issue is corrected from its file, and it is told where to read it", async () => {
  await using stage = await openSent();
  const file = stage.file("one.md", issueFile("one", { text: "The tide is in." }));
  expect(await stage.tidings(["issue", "correct", file, "--note", "It was not out."])).toMatchObject({
    code: 0,
    out: "Corrected the web copy of morning/one.\n",
    err: `Read it at ${url}\n`,
  });
  const page = await (await stage.world.get(url)).text();
  expect(page).toContain("The tide is in.");
  expect(page).toContain("It was not out.");
  expect((await stage.tidings(["issue", "status", "morning/one"])).out).toMatch(/^web copy corrected +\d{4}-/m);
});

test("a repeat says that nothing was changed, and a new note which one it took the place of", async () => {
  await using stage = await openSent();
  const file = stage.file("one.md", issueFile("one", { text: "The tide is in." }));
  await stage.tidings(["issue", "correct", file, "--note", "First."]);
  const again = await stage.tidings(["issue", "correct", file, "--note", "First."]);
  expect(again.out).toMatch(
    /^The web copy of morning\/one reads like that since \d{4}-\d\d-\d\d \d\d:\d\d UTC: nothing was changed\.\n$/,
  );
  const other = await stage.tidings(["issue", "correct", file, "--note", "Second."]);
  expect(other.err).toBe(`Readers no longer see the earlier note: First.\nRead it at ${url}\n`);
});

test("faults of the file are shown with their lines, and end with exit code 3", async () => {
  await using stage = await openSent();
  const file = stage.file("one.md", issueFile("one", { text: "A {{ nothing }}." }));
  const { code, err } = await stage.tidings(["issue", "correct", file]);
  expect(code).toBe(3);
  expect(err).toContain(`${file}:8:3 error unknown-field `);
});

test("an issue that has not gone out is refused with exit code 5", async () => {
  await using stage = await openSent();
  const file = stage.file("two.md", issueFile("two"));
  await stage.tidings(["issue", "test", file, "--to", "desk@example.org"]);
  const { code, err } = await stage.tidings(["issue", "correct", file]);
  expect(code).toBe(5);
  expect(err).toContain("morning/two has not gone out (draft): there is no web copy to correct.");
});

test("as JSON it tells what came of it, with times as ISO 8601", async () => {
  await using stage = await openSent();
  const file = stage.file("one.md", issueFile("one", { text: "The tide is in." }));
  expect(await stage.json("issue", "correct", file, "--note", "So it is.")).toMatchObject({
    schema: 1,
    file,
    corrected: true,
    note: "So it is.",
    replaced: "",
    url,
    issue: { newsletter: "morning", slug: "one", status: "sent", correctedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
  });
});
