import { beforeEach, describe, expect, test } from "vitest";
import { sumDeliveries } from "../../src/delivery/find.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { checkLedger } from "../delivery/invariants.ts";
import { type Detail, sign, type WebhookKind, webhookBody } from "../fakes/resend/webhooks.ts";
import { day } from "../world.ts";
import type { Office } from "./post.ts";
import { address } from "./post.ts";
import {
  applyAll,
  countsOf,
  deliver,
  feedbackOf,
  openReported,
  outcomesOf,
  report,
  suppressionsOf,
  tagsOf,
  webhookOf,
  webhookSecret,
} from "./reported.ts";

let office: Office;
beforeEach(async () => {
  office = await openReported({ readers: 6 });
  await office.start();
  await office.finish();
});

const permanent: Detail = { type: "Permanent", subType: "General" };
const content: Detail = { type: "Permanent", subType: "ContentRejected" };
const soft: Detail = { type: "Transient", subType: "MailboxFull" };
const complaint: Detail = { reason: "previous_complaint" };

interface Row {
  readonly kind: WebhookKind;
  readonly detail?: Detail;
  readonly counts?: Record<string, number>;
  readonly feedback?: string;
  readonly suppressed?: string;
}

const table: readonly (readonly [string, Row])[] = [
  ["sent", { kind: "sent" }],
  ["delivered", { kind: "delivered", counts: { delivered: 1 } }],
  ["delayed", { kind: "delivery_delayed", counts: { delayed: 1 } }],
  ["opened", { kind: "opened" }],
  ["clicked", { kind: "clicked" }],
  [
    "bounced for good",
    {
      kind: "bounced",
      detail: permanent,
      counts: { bounced: 1 },
      feedback: "bounced",
      suppressed: "hard-bounce",
    },
  ],
  [
    "refused for its content: never the reader's fault",
    { kind: "bounced", detail: content, counts: { bounced: 1, "bounced-content": 1 }, feedback: "bounced" },
  ],
  ["bounced for now", { kind: "bounced", detail: soft, counts: { "bounced-soft": 1 } }],
  [
    "reported as spam",
    { kind: "complained", counts: { complained: 1 }, feedback: "complained", suppressed: "complaint" },
  ],
  [
    "suppressed by Resend after a bounce",
    { kind: "suppressed", counts: { suppressed: 1 }, feedback: "suppressed", suppressed: "hard-bounce" },
  ],
  [
    "suppressed by Resend after a complaint",
    {
      kind: "suppressed",
      detail: complaint,
      counts: { suppressed: 1 },
      feedback: "suppressed",
      suppressed: "complaint",
    },
  ],
];

describe("a mail that is reported as (RULES §5)", () => {
  test.each(table)("%s", async (_, { kind, detail = {}, counts = {}, feedback, suppressed }) => {
    const before = await sumDeliveries(office.ctx, 1);
    await report(office, { kind, reader: 3, detail });
    expect(await countsOf(office)).toEqual(counts);
    expect(await feedbackOf(office)).toEqual(feedback === undefined ? {} : { 3: feedback });
    expect(await suppressionsOf(office)).toEqual(suppressed === undefined ? {} : { [address(3)]: suppressed });
    // What is reported later is no state: sums stay as they were.
    expect(await sumDeliveries(office.ctx, 1)).toEqual(before);
    await checkLedger(office.connection, new Map([[1, 6]]));
  });
});

test("a mail that Resend accepted and did not send after all has failed, and can be retried", async () => {
  await report(office, { kind: "failed", reader: 3, detail: { reason: "reached_daily_quota" } });
  expect(await sumDeliveries(office.ctx, 1)).toMatchObject({ planned: 6, accepted: 5, failed: 1, open: 0 });
  expect(await feedbackOf(office)).toEqual({ 3: "failed" });
  expect(await countsOf(office)).toEqual({ failed: 1 });
  expect(await suppressionsOf(office)).toEqual({});
  const row = await office.connection.prepare("select state, reason from deliveries where subscriber = 3").get();
  expect(row).toEqual({ state: "failed", reason: "reached_daily_quota" });
  expect(office.logged.filter((line) => line.includes("mail failed after it was accepted"))).toHaveLength(1);
  await checkLedger(office.connection, new Map([[1, 6]]));
});

test("a repeat under the same id counts once, before it is applied and after", async () => {
  const said = { kind: "complained", reader: 2, id: "msg_same" } as const;
  const webhook = await webhookOf(office, said);
  expect([await deliver(office, webhook), await deliver(office, webhook)]).toEqual([200, 200]);
  await applyAll(office);
  expect(await deliver(office, webhook)).toBe(200);
  await applyAll(office);
  await report(office, said);
  expect(await countsOf(office)).toEqual({ complained: 1 });
  expect(await outcomesOf(office)).toEqual(["complained"]);
});

test.each([
  ["bounced", "complained", "complained", "complaint"],
  ["complained", "bounced", "complained", "complaint"],
  ["suppressed", "bounced", "bounced", "hard-bounce"],
  ["bounced", "suppressed", "bounced", "hard-bounce"],
  ["bounced", "delivered", "bounced", "hard-bounce"],
  ["delivered", "bounced", "bounced", "hard-bounce"],
] as const)("%s, then %s: %s stays, and the address is suppressed for a %s", async (first, second, stays, reason) => {
  await report(office, { kind: first, reader: 4 });
  await report(office, { kind: second, reader: 4 });
  expect(await feedbackOf(office)).toEqual({ 4: stays });
  expect(await suppressionsOf(office)).toEqual({ [address(4)]: reason });
  expect(await countsOf(office)).toEqual({ [first]: 1, [second]: 1 });
});

test("a late bounce does not weaken a complaint, nor what an operator has entered", async () => {
  await addSuppression(office.ctx, { address: address(1) });
  await report(office, { kind: "complained", reader: 1 });
  expect(await suppressionsOf(office)).toEqual({ [address(1)]: "complaint" });
  office.advance(20 * day);
  await report(office, { kind: "bounced", reader: 1 }, { kind: "bounced", reader: 1, detail: soft });
  expect(await suppressionsOf(office)).toEqual({ [address(1)]: "complaint" });
});

test("reports of other installations, of odd tags and of unknown kinds change nothing, and are answered with 200", async () => {
  const { now } = office.clock;
  const mail = { recipient: address(1), at: now };
  const own = await tagsOf(office, {});
  const tags: Record<string, { name: string; value: string }[]> = {
    msg_a: [],
    msg_b: [
      { name: "instance", value: "another" },
      { name: "issue", value: "1" },
      { name: "subscriber", value: "1" },
    ],
  };
  for (const [id, list] of Object.entries(tags)) {
    const body = webhookBody("complained", { ...mail, tags: list });
    expect(await deliver(office, sign({ secret: webhookSecret, id, body, now }))).toBe(200);
  }
  const bodies = {
    msg_c: '{"type":"email.teleported","data":{}}',
    msg_d: '{"type":"contact.created","data":{"email":"x"}}',
    msg_e: "not JSON",
    msg_f: '{"type":"email.sent"}',
  };
  for (const [id, body] of Object.entries(bodies))
    expect(await deliver(office, sign({ secret: webhookSecret, id, body, now }))).toBe(200);
  await applyAll(office);
  expect(await outcomesOf(office)).toEqual(["foreign", "foreign", "ignored", "ignored", "unreadable", "unreadable"]);
  expect([await countsOf(office), await feedbackOf(office), await suppressionsOf(office)]).toEqual([{}, {}, {}]);
  expect(office.logged.filter((line) => line.includes("report unreadable"))).toHaveLength(2);
  expect(own).toHaveLength(1);
});

test("a report that could not be read is taken afresh when Resend sends it again; one that was applied is not", async () => {
  const { now } = office.clock;
  const bad = sign({ secret: webhookSecret, id: "msg_x", body: "{", now });
  expect(await deliver(office, bad)).toBe(200);
  await applyAll(office);
  await report(office, { kind: "delivered", reader: 1, id: "msg_x" });
  await report(office, { kind: "delivered", reader: 1, id: "msg_x" });
  expect(await outcomesOf(office)).toEqual(["delivered"]);
  expect(await countsOf(office)).toEqual({ delivered: 1 });
});

test("a report about a mail that nobody was owed is counted nowhere, yet a complaint of it is heeded", async () => {
  await report(
    office,
    { kind: "delivered", reader: 99 },
    { kind: "complained", reader: 1, issue: 77 },
    { kind: "failed", reader: 99 },
  );
  expect(await countsOf(office)).toEqual({});
  expect(await countsOf(office, 77)).toEqual({});
  expect(await outcomesOf(office)).toEqual(["no such mail", "no such mail", "no such mail"]);
  expect(await suppressionsOf(office)).toEqual({ [address(1)]: "complaint" });
});

test("a confirmation that bounces or is reported as spam suppresses its address", async () => {
  const typo = "nobody@post.tld";
  await office.signUp(typo, "tide");
  await office.drain();
  const { now } = office.clock;
  const notice = (await office.connection.prepare<[], { id: number }>("select id from notices").get())?.id;
  const tags = await tagsOf(office, { notice, kind: "confirmation" });
  const body = webhookBody("bounced", { recipient: typo, at: now, tags });
  expect(await deliver(office, sign({ secret: webhookSecret, id: "msg_n", body, now }))).toBe(200);
  await applyAll(office);
  expect(await outcomesOf(office)).toEqual(["bounced"]);
  expect(await suppressionsOf(office)).toEqual({ [typo]: "hard-bounce" });
  expect(await countsOf(office)).toEqual({});
});

describe("of an erased reader", () => {
  test.each(["bounced", "complained"] as const)(
    "a report as %s writes no address, only onto the hash",
    async (kind) => {
      await erase(office.ctx, { address: address(5) });
      await report(office, { kind, reader: 5 });
      expect(await suppressionsOf(office)).toEqual({ hash: kind === "bounced" ? "hard-bounce" : "complaint" });
      expect(await feedbackOf(office)).toEqual({ 5: kind });
      for (const name of ["suppressions", "webhooks", "subscribers", "deliveries"]) {
        const rows = await office.connection.prepare(`select * from ${name}`).all();
        expect(JSON.stringify(rows)).not.toContain(address(5));
      }
      await checkLedger(office.connection, new Map([[1, 6]]));
    },
  );

  test("a bounce after a complaint leaves the complaint", async () => {
    await erase(office.ctx, { address: address(5) });
    await report(office, { kind: "complained", reader: 5 }, { kind: "bounced", reader: 5 });
    expect(await suppressionsOf(office)).toEqual({ hash: "complaint" });
  });
});

test("an applied report keeps its id and loses its text, which held an address (LAW-06)", async () => {
  await report(office, { kind: "delivered", reader: 1 });
  expect(await office.connection.prepare("select body from webhooks").pluck().all()).toEqual([""]);
});

test("the mails of an issue and of a notice carry what their reports are known by", async () => {
  const { content } = (await office.connection.prepare("select content from issues").get()) as { content: string };
  const { body } = (await office.connection.prepare("select body from contents where hash = ?").get(content)) as {
    body: string;
  };
  const { uid } = (await office.connection.prepare("select uid from instance").get()) as { uid: string };
  const { tags } = JSON.parse(body).mail;
  expect(tags).toEqual([
    ["instance", [uid]],
    ["newsletter", ["tide"]],
    ["issue", ["1"]],
    ["subscriber", [{ field: "subscriber", as: "header", fallback: "" }]],
  ]);
});
