import { expect, test } from "vitest";
import { issueFile, openStage } from "./stage.ts";

test("a file without faults is said to have none", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  const file = stage.file("one.md", issueFile("one"));
  expect(await stage.tidings(["issue", "lint", file])).toMatchObject({
    code: 0,
    out: `${file}: no faults.\n`,
    err: "",
  });
});

test("faults are printed as compilers do, with their remedy, and an error ends with exit code 3", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  const file = stage.file("one.md", issueFile("one", { newsletter: "mornin" }).replace("preheader:", "preheadr:"));
  const { code, out, err } = await stage.tidings(["issue", "lint", file]);
  expect(code).toBe(3);
  expect(out).toContain(`${file}:4:1 error unknown-key `);
  expect(out).toMatch(/\n {4}.*preheader/);
  expect(err).toMatch(/^\d+ errors?, \d+ warnings?\n$/);
});

test("on a terminal the level is in colour, and nothing else", async () => {
  await using stage = await openStage();
  const file = stage.file("one.md", issueFile("one", { newsletter: "\u001b[2Jevening" }));
  const plain = await stage.tidings(["issue", "lint", file]);
  const painted = await stage.tidings(["issue", "lint", file], { paints: true });
  expect(painted.out).toBe(plain.out.replaceAll(" error ", " <red>error</red> "));
  expect(painted.out).toContain("<red>");
});

test("warnings alone end with exit code 0", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  const file = stage.file("one.md", issueFile("one").replace(/preheader.*\n/, ""));
  const { code, out } = await stage.tidings(["issue", "lint", file]);
  expect([code, out.includes(" warning preheader-missing ")]).toEqual([0, true]);
});

test("as JSON the faults keep their places", async () => {
  await using stage = await openStage();
  const file = stage.file("one.md", issueFile("one"));
  const { code, out } = await stage.tidings(["issue", "lint", file, "--json"]);
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({
    schema: 1,
    ok: false,
    file,
    faults: [{ level: "error", rule: "unknown-newsletter", line: 2, column: 1 }],
  });
});

test("a file that cannot be read is wrong use", async () => {
  await using stage = await openStage();
  expect((await stage.tidings(["issue", "lint", "nowhere.md"])).code).toBe(2);
  expect((await stage.tidings(["issue", "lint", stage.world.folder])).err).toContain("it is a folder");
});
