import { describe, expect, test } from "vitest";
import type { AppError } from "../../src/errors.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { viewOutlook } from "../../src/issue/outlook.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { newsletter, type Office } from "../dispatch/post.ts";
import { minute } from "../world.ts";
import { one, openDraft, openSteered, payWith, refusal, setOwn, source } from "./steered.ts";

function send(office: Office, expected: number, asOf = office.clock.now): ReturnType<typeof sendIssue> {
  return sendIssue(office.ctx, { newsletter, slug: "one", expect: expected, asOf });
}

test("an issue is sent once: a repeat is refused with the time and to how many it went", async () => {
  const office = await openDraft();
  await send(office, 3);
  await office.drain();
  office.advance(minute);
  const fault = await refusal(send(office, 3));
  expect(fault.code).toBe("refused");
  expect(fault.message).toBe(
    'The issue "one" was sent on 2026-11-22 08:00 UTC to 3 of 3 readers; an issue is sent once.',
  );
  expect(await office.mails()).toHaveLength(3);
});

test("an issue in doubt is not sent again either, and the refusal names how many are and the command that decides", async () => {
  const office = await openDraft(2);
  office.fault = () => ({ result: "conflict", reason: "other bytes" });
  await send(office, 2);
  await office.drain();
  expect((await office.status()).issue.status).toBe("incomplete");
  const fault = await refusal(send(office, 2));
  expect(fault.code).toBe("refused");
  expect(fault.message).toBe(
    'The issue "one" was sent on 2026-11-22 08:00 UTC to 0 of 2 readers, and 2 mails are in doubt; an issue is sent once.',
  );
  expect(fault.details.hint).toBe(`Look at what is in doubt and decide with: tidings issue resolve ${newsletter}/one`);
});

test("of an issue with failed mails, the refusal names the command that tries them again", async () => {
  const office = await openSteered();
  await office.drain();
  await setOwn(office, 25, "failed");
  await setOwn(office, 38, "in_doubt");
  const fault = await refusal(send(office, 40));
  expect(fault.message).toContain("to 38 of 40 readers, and 1 mail is in doubt; an issue is sent once.");
  expect(fault.details.hint).toBe(
    `Look at what is in doubt and decide with: tidings issue resolve ${newsletter}/one. Try the 1 failed again with: tidings issue retry --failed ${newsletter}/one`,
  );
});

test("of an issue that was cancelled, the refusal says so and how many mails had left", async () => {
  const office = await openSteered();
  await payWith(office, null);
  await cancelIssue(office.ctx, one);
  const fault = await refusal(send(office, 40));
  expect(fault.code).toBe("refused");
  expect(fault.message).toBe('The issue "one" was cancelled when 10 of 40 mails had left.');
  expect(fault.details.hint).toBe("To send its text after all, give it a slug of its own.");
});

test("sending an issue that is being sent goes on with it, and mails nobody twice", async () => {
  const office = await openDraft();
  expect((await send(office, 3)).resumed).toBe(false);
  expect((await send(office, 3)).resumed).toBe(true);
  await office.drain();
  expect(await office.mails()).toHaveLength(3);
});

test("two who send it at the same moment start it once", async () => {
  const office = await openDraft();
  const ends = await Promise.allSettled([send(office, 3), send(office, 3)]);
  expect(ends.map((end) => end.status).sort()).toEqual(["fulfilled", "rejected"]);
  const [lost] = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as AppError] : []));
  expect(lost?.code).toBe("conflict");
  await office.drain();
  expect(await office.mails()).toHaveLength(3);
});

test("a draft that is changed while it is being sent is not sent in either form", async () => {
  const office = await openDraft();
  const saving = saveDraft(office.ctx, { source: source("Good evening.") });
  const [sent] = await Promise.allSettled([send(office, 3), saving]);
  const { issue } = await office.status();
  if (sent.status === "rejected") {
    expect(sent.reason).toMatchObject({ code: "conflict" });
    expect(issue.status).toBe("draft");
  } else {
    expect(issue.source).toContain("Good morning.");
  }
});

describe("nothing is sent", () => {
  test("where the count differs from what was agreed to, and the answer names both", async () => {
    const office = await openDraft();
    const fault = await refusal(send(office, 4));
    expect(fault).toMatchObject({ code: "conflict", details: { field: "expect" } });
    expect(fault.message).toBe(
      "The issue would go to 3 readers as of 2026-11-22T08:00:00.000Z, not to 4: nothing was sent.",
    );
    expect((await office.status()).issue.status).toBe("draft");
  });

  test("for an instant to come", async () => {
    const office = await openDraft();
    expect(await refusal(send(office, 3, office.clock.now + 1))).toMatchObject({
      code: "invalid",
      details: { field: "asOf" },
    });
  });

  test("to a newsletter without readers", async () => {
    const office = await openDraft(0);
    expect((await refusal(send(office, 0))).message).toContain("nobody to send to");
  });

  test.each(["paused", "closed"])("of a newsletter that is %s, and the answer says how to open it", async (status) => {
    const office = await openDraft();
    await office.connection.exec(`update newsletters set status = '${status}'`);
    const looking = await refusal(viewOutlook(office.ctx, { source: source("Good morning.") }));
    for (const refused of [await refusal(send(office, 3)), looking]) {
      expect(refused).toMatchObject({
        code: "preflight",
        message: `The newsletter "${newsletter}" is ${status}: its issues cannot be sent.`,
        details: { field: "status", hint: `Open it with: tidings newsletter edit ${newsletter} --status open` },
      });
    }
    expect((await office.status()).issue.status).toBe("draft");
  });

  test("before the operator is named", async () => {
    const office = await openDraft(1);
    await office.connection.exec("update instance set operator = '', privacy_url = ''");
    const fault = await refusal(send(office, 1));
    expect(fault).toMatchObject({ code: "preflight", details: { faults: ["operator", "privacy-url"] } });
  });
});

test("an issue under way goes on although its newsletter is paused meanwhile", async () => {
  const office = await openDraft();
  await send(office, 3);
  await office.connection.exec("update newsletters set status = 'paused'");
  expect((await send(office, 3)).resumed).toBe(true);
  await office.drain();
  expect(await office.mails()).toHaveLength(3);
});

test("content is frozen at that moment: neither template nor newsletter can change it later", async () => {
  const office = await openDraft(150);
  await send(office, 150);
  await office.connection.exec("update newsletters set sender_name = 'Somebody else'");
  await office.drain();
  const names = (await office.mails()).map((mail) => mail.from.name);
  expect(new Set(names)).toEqual(new Set(["The Harbour Courier"]));
});
