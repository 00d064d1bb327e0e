import { expect, test } from "vitest";
import { issueFile, openStage } from "./stage.ts";

async function withFile() {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  return { stage, file: stage.file("one.md", issueFile("one", { subject: "The ferry is late" })) };
}

test("the real mail leaves, marked as a test, and the command says where to read it", async () => {
  const { stage, file } = await withFile();
  await using _ = stage;
  const { code, out, err } = await stage.tidings([
    "issue",
    "test",
    file,
    "--to",
    "a@example.org",
    "--to",
    "b@example.org",
  ]);
  expect(code).toBe(0);
  expect(out).toBe("Kept the test for a@example.org in the outbox.\nKept the test for b@example.org in the outbox.\n");
  expect(err).toContain(`Read it in ${stage.world.config.outbox}`);
  for (const address of ["a@example.org", "b@example.org"]) {
    const [mail, ...more] = await stage.world.mails(address);
    expect(more).toEqual([]);
    expect(mail?.subject).toMatch(/test.*The ferry is late/i);
  }
  expect((await stage.json("issue", "list")).issues).toMatchObject([{ slug: "one", status: "draft" }]);
});

test("as JSON it tells each mail's end", async () => {
  const { stage, file } = await withFile();
  await using _ = stage;
  const told = await stage.json("issue", "test", file, "--to", "a@example.org");
  expect(told).toMatchObject({ schema: 1, provider: "outbox", tests: [{ to: "a@example.org", state: "accepted" }] });
});

test("nobody, too many and a bad address are wrong use", async () => {
  const { stage, file } = await withFile();
  await using _ = stage;
  expect((await stage.tidings(["issue", "test", file])).code).toBe(2);
  const many = Array.from({ length: 11 }, (__, at) => ["--to", `r${at}@example.org`]).flat();
  expect((await stage.tidings(["issue", "test", file, ...many])).code).toBe(2);
  expect((await stage.tidings(["issue", "test", file, "--to", "no address"])).code).toBe(2);
  expect(await stage.world.mails()).toEqual([]);
});

test("a file with faults shows them and ends with exit code 3", async () => {
  const { stage } = await withFile();
  await using _ = stage;
  const file = stage.file("bad.md", issueFile("one", { newsletter: "evening" }));
  const { code, out, err } = await stage.tidings(["issue", "test", file, "--to", "a@example.org"]);
  expect([code, out]).toEqual([3, ""]);
  expect(err).toContain(`${file}:2:1 error unknown-newsletter`);
});

test("without an operator nothing leaves: exit code 3 and how to set it", async () => {
  const stage = await openStage({ instance: null });
  await using _ = stage;
  await stage.world.newsletter("morning");
  const file = stage.file("one.md", issueFile("one"));
  const { code, err } = await stage.tidings(["issue", "test", file, "--to", "a@example.org"]);
  expect(code).toBe(3);
  expect(err).toContain('tidings instance set --operator "…"');
});
