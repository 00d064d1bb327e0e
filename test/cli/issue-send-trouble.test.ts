import { afterAll, beforeEach, expect, test } from "vitest";
import { faults } from "../fakes/resend/faults.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { addReaders, issueFile, openStage, type Stage } from "./stage.ts";

const resend = await startFakeResend({ allowReserved: true, domains: ["harbourcourier.example"], apiKey: "re_test" });
afterAll(() => resend.stop());
beforeEach(() => resend.reset());

const environment = { TIDINGS_PROVIDER: "resend", RESEND_API_KEY: "re_test", RESEND_BASE_URL: resend.url };

async function newsroom(): Promise<{ stage: Stage; file: string } & AsyncDisposable> {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  const file = stage.file("one.md", issueFile("one"));
  return { stage, file, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

test("a reader whom the provider refuses is named as failed: exit code 4", async () => {
  await using room = await newsroom();
  await resend.fault({ ...faults.oneBad422, times: 10, match: { to: "reader1@example.org" } });
  const { code, out, err } = await room.stage.tidings(["issue", "send", room.file], { answers: ["3"], environment });
  expect(code).toBe(4);
  expect(err).toContain("Try the failed ones again with: tidings issue retry --failed morning/one");
  expect(out).toContain("Sent morning/one to 2 of 3 readers.");
  expect(out).toContain("3 = 2 accepted + 1 failed + 0 skipped + 0 in doubt + 0 open");
  expect(out).toMatch(/failed +1 reader: .*Invalid `to` field/);
});

test("a used-up quota ends the command, not the send: exit code 4, until when, and how to go on", async () => {
  await using room = await newsroom();
  await resend.fault(faults.daily429);
  const { code, out, err } = await room.stage.tidings(["issue", "send", room.file], { answers: ["3"], environment });
  expect(code).toBe(4);
  expect(out).toMatch(/morning\/one has reached 0 of 3 readers; the rest waits until .* UTC: .*quota/);
  expect(out).toContain("0 skipped + 0 in doubt + 3 open");
  expect(err).toContain("Nothing is sending now. Go on then with: tidings issue send morning/one");
});

test("a wrong key stops the issue, and once it is mended the same command goes on", async () => {
  await using room = await newsroom();
  await resend.fault(faults.invalidKey403);
  const first = await room.stage.tidings(["issue", "send", room.file], { answers: ["3"], environment });
  expect(first.code).toBe(4);
  expect(first.out).toMatch(/^Stopped morning\/one after 0 of 3 readers: /);
  expect(first.err).toContain("Mend the cause, then go on with: tidings issue send morning/one");
  expect((await room.stage.tidings(["issue", "status", "morning/one"])).out).toMatch(/stopped because +.*API key/);
  const second = await room.stage.tidings(["issue", "send", room.file], { environment });
  expect(second).toMatchObject({ code: 0 });
  expect(second.err).toContain("Going on with morning/one, which was paused.");
  const { perRecipient } = await resend.ledger();
  expect(Object.values(perRecipient)).toEqual([1, 1, 1]);
});

test("mails that may or may not have left are in doubt, and not sent again: exit code 4", async () => {
  await using room = await newsroom();
  await resend.fault(faults.mismatch409);
  const { code, out, err } = await room.stage.tidings(["issue", "send", room.file], { answers: ["3"], environment });
  expect(code).toBe(4);
  expect(out).toContain("nobody knows whether 3 more have left.");
  expect(out).toMatch(/in doubt +3 readers: /);
  expect(err).toContain("is not sent again by itself");
  expect(err).toContain("decide with: tidings issue resolve morning/one");
});

test("a test mail that the provider refuses ends with exit code 4 and its reason", async () => {
  await using room = await newsroom();
  await resend.fault({ ...faults.oneBad422, times: 5 });
  const argv = ["issue", "test", room.file, "--to", "desk@courier.dev"];
  const { code, out } = await room.stage.tidings(argv, { environment });
  expect(code).toBe(4);
  expect(out).toMatch(/^The test to desk@courier.dev did not leave: .*Invalid `to` field/);
});
