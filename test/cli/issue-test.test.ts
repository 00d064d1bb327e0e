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

const away = { TIDINGS_PROVIDER: "smtp", SMTP_URL: "smtp://127.0.0.1:9" };

test("where the provider cannot be reached it says so at once, and who goes on: exit code 4", async () => {
  const { stage, file } = await withFile();
  await using _ = stage;
  const began = Date.now();
  const argv = ["issue", "test", file, "--to", "desk@courier.dev"];
  const { code, out, err } = await stage.tidings(argv, { environment: away });
  expect(Date.now() - began).toBeLessThan(8_000);
  expect([code, out]).toEqual([
    4,
    expect.stringMatching(/^The test to desk@courier\.dev has not left yet: .*127\.0\.0\.1/),
  ]);
  expect(err).toMatch(/^The test has not left yet: .*127\.0\.0\.1/m);
  expect(err).toContain("leaves once the provider takes it: a server tries again by itself (tidings serve).");
});

test("Ctrl-C says why the mail has not left", async () => {
  const { stage, file } = await withFile();
  await using _ = stage;
  const pressed = new AbortController();
  const argv = ["issue", "test", file, "--to", "desk@courier.dev"];
  const ran = stage.tidings(argv, { environment: away, interrupt: pressed.signal });
  const { db } = stage.world.ctx.store;
  for (let isTried = false; !isTried; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const batch = await db.selectFrom("batches").select("error").where("error", "is not", null).executeTakeFirst();
    isTried = batch !== undefined;
  }
  pressed.abort();
  const { code, err } = await ran;
  expect([code, err]).toEqual([130, expect.stringMatching(/The test mail has not left: .*127\.0\.0\.1/)]);
});
