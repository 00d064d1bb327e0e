import { Resend } from "resend";
import { describe, expect, test } from "vitest";
import { verifySignature } from "../../src/provider/resend/signature.ts";
import { type Report, readReport } from "../../src/provider/resend/webhook.ts";
import { type Forgery, sign, type WebhookKind, webhookBody } from "../fakes/resend/webhooks.ts";

const key = new Uint8Array(32).map((_, at) => at * 7 + 3);
const secret = `whsec_${Buffer.from(key).toString("base64")}`;
const mail = { recipient: "ada@post.tld", at: Date.UTC(2026, 10, 22, 8), tags: [{ name: "issue", value: "7" }] };

function report(body: string): Report {
  const reading = readReport(body);
  if (reading.result !== "report") throw new Error(`read as ${reading.result}`);
  return reading.report;
}

/** A bounce with these fields alone. */
function bounced(bounce: unknown): Report["kind"] {
  return report(JSON.stringify({ type: "email.bounced", data: { bounce } })).kind;
}

describe("a signature", () => {
  const body = webhookBody("delivered", mail);
  const now = mail.at;

  function judged(headers: Readonly<Record<string, string>>, text = body, at = now, own = key): string {
    const signed = {
      id: headers["svix-id"] ?? null,
      timestamp: headers["svix-timestamp"] ?? null,
      signature: headers["svix-signature"] ?? null,
    };
    return verifySignature(own, signed, new TextEncoder().encode(text), at);
  }

  test("of Resend is taken by us and by its own package, and a body that was touched by neither", () => {
    const at = Date.now();
    const made = sign({ secret, id: "msg_1", body, now: at });
    const theirs = (payload: string) => () =>
      new Resend("re_any").webhooks.verify({
        payload,
        headers: {
          id: "msg_1",
          timestamp: made.headers["svix-timestamp"] ?? "",
          signature: made.headers["svix-signature"] ?? "",
        },
        webhookSecret: secret,
      });
    expect(judged(made.headers, body, at)).toBe("authentic");
    expect(theirs(body)).not.toThrow();
    expect(judged(made.headers, `${body} `, at)).toBe("no signature fits");
    expect(theirs(`${body} `)).toThrow();
  });

  test.each<[Forgery, string]>([
    ["secret", "no signature fits"],
    ["body", "no signature fits"],
    ["id", "no signature fits"],
    ["version", "no signature fits"],
    ["old", "time out of range"],
    ["early", "time out of range"],
    ["unsigned", "headers missing or odd"],
  ])("with the wrong %s is refused", (forged, why) => {
    const made = sign({ secret, id: "msg_1", body, now }, forged);
    expect(judged(made.headers, made.body)).toBe(why);
  });

  test("may be up to five minutes old or early, to the second", () => {
    const { headers } = sign({ secret, id: "msg_1", body, now });
    expect([-300, 300].map((s) => judged(headers, body, now + s * 1000))).toEqual(["authentic", "authentic"]);
    expect([-301, 301].map((s) => judged(headers, body, now + s * 1000))).toEqual(
      Array.from({ length: 2 }, () => "time out of range"),
    );
  });

  test("counts wherever it stands in a list, between those of other secrets and versions", () => {
    const { headers } = sign({ secret, id: "msg_1", body, now });
    const other = sign({ secret, id: "msg_1", body, now }, "secret").headers["svix-signature"];
    const own = headers["svix-signature"] ?? "";
    for (const list of [`${own} ${other}`, `${other} ${own}`, `v1a,abc ${own}`, `junk ${other} ${own} v2,x`])
      expect(judged({ ...headers, "svix-signature": list }), list).toBe("authentic");
    for (const list of ["", " ", "v1,", "v1", `v1, ${own.slice(3)}`, own.slice(3), `V1,${own.slice(3)}`, `${own}=`])
      expect(judged({ ...headers, "svix-signature": list }), list).toBe("no signature fits");
  });

  test.each([
    ["an id with a dot, which would let another split of the bytes pass", { "svix-id": "msg.1" }],
    ["an empty id", { "svix-id": "" }],
    ["an id of 257 characters", { "svix-id": "m".repeat(257) }],
    ["a time in milliseconds", { "svix-timestamp": String(now) }],
    ["a time with a sign", { "svix-timestamp": `+${now / 1000}` }],
    ["a time with a fraction", { "svix-timestamp": `${now / 1000}.0` }],
    ["a list without end", { "svix-signature": "v1,x ".repeat(1_000) }],
  ])("beside %s is refused", (_, odd) => {
    const { headers } = sign({ secret, id: "msg_1", body, now });
    expect(judged({ ...headers, ...odd })).toBe("headers missing or odd");
  });

  test("made with an empty key fits no key that we would start with", () => {
    const { headers } = sign({ secret: "whsec_", id: "msg_1", body, now });
    expect(judged(headers)).toBe("no signature fits");
    // Why a key of zeros is refused at start: to HMAC it is the empty one.
    expect(judged(headers, body, now, new Uint8Array(24))).toBe("authentic");
  });
});

describe("a report", () => {
  test.each<[WebhookKind, Report["kind"]]>([
    ["sent", "sent"],
    ["delivered", "delivered"],
    ["delivery_delayed", "delayed"],
    ["bounced", "bounced"],
    ["complained", "complained"],
    ["suppressed", "suppressed"],
    ["failed", "failed"],
    ["opened", "opened"],
    ["clicked", "clicked"],
  ])("email.%s reads as %s, with address, tags and time", (kind, read) => {
    expect(report(webhookBody(kind, mail))).toMatchObject({ kind: read, to: "ada@post.tld", madeAt: mail.at });
    expect(report(webhookBody(kind, mail)).tags.get("issue")).toBe("7");
  });

  test.each<[string, unknown, Report["kind"]]>([
    ["Permanent General", { type: "Permanent", subType: "General" }, "bounced"],
    ["Permanent NoEmail", { type: "Permanent", subType: "NoEmail" }, "bounced"],
    ["Permanent Suppressed, of older documents", { type: "Permanent", subType: "Suppressed" }, "bounced"],
    ["Permanent without more", { type: "Permanent" }, "bounced"],
    ["permanent in small letters", { type: "permanent", subType: "general" }, "bounced"],
    ["Permanent ContentRejected", { type: "Permanent", subType: "ContentRejected" }, "bounced-content"],
    ["Permanent MessageTooLarge", { type: "Permanent", subType: "MessageTooLarge" }, "bounced-content"],
    ["Permanent AttachmentRejected", { type: "Permanent", subType: "AttachmentRejected" }, "bounced-content"],
    ["Transient ContentRejected", { type: "Transient", subType: "ContentRejected" }, "bounced-content"],
    ["Permanent MailboxFull", { type: "Permanent", subType: "MailboxFull" }, "bounced-soft"],
    ["Transient General", { type: "Transient", subType: "General" }, "bounced-soft"],
    ["Undetermined", { type: "Undetermined", subType: "Undetermined" }, "bounced-soft"],
    ["nothing said", undefined, "bounced-soft"],
    ["nonsense", { type: 5, subType: ["NoEmail"] }, "bounced-soft"],
  ])("a bounce that is %s", (_, bounce, kind) => {
    expect(bounced(bounce)).toBe(kind);
  });

  test.each<[string, object, Report["cause"]]>([
    ["previous_bounce", { reason: "previous_bounce" }, "hard-bounce"],
    ["previous_complaint", { reason: "previous_complaint" }, "complaint"],
    ["its type alone", { type: "OnAccountSuppressionList" }, "hard-bounce"],
    ["nothing", {}, "hard-bounce"],
  ])("a suppression for %s", (_, suppressed, cause) => {
    const body = JSON.stringify({ type: "email.suppressed", data: { suppressed } });
    expect(report(body)).toMatchObject({ kind: "suppressed", cause });
  });

  test.each([
    ["a list", [{ name: "issue", value: "7" }]],
    ["a map", { issue: "7" }],
    ["a map of lists", { issue: ["7"] }],
    ["a map of numbers", { issue: 7 }],
  ])("has its tags as %s", (_, tags) => {
    expect(report(JSON.stringify({ type: "email.sent", data: { tags } })).tags.get("issue")).toBe("7");
  });

  test.each([
    ["odd tags", { tags: [null, { name: 4, value: "x" }, "issue", { name: "a", value: {} }] }],
    ["no tags", {}],
    ["tags that are text", { tags: "issue" }],
  ])("with %s has none", (_, data) => {
    expect([...report(JSON.stringify({ type: "email.sent", data })).tags]).toEqual([]);
  });

  test.each([
    ["a list", ["ada@post.tld"], "ada@post.tld"],
    ["text", "ada@post.tld", "ada@post.tld"],
    ["a mailbox", ["Ada <ada@post.tld>"], "ada@post.tld"],
    ["an empty list", [], null],
    ["nothing", undefined, null],
    ["a number", 7, null],
  ])("has its address as %s", (_, to, read) => {
    expect(report(JSON.stringify({ type: "email.sent", data: { to } })).to).toBe(read);
  });

  test.each([
    ["2026-11-22T08:00:00.000Z", Date.UTC(2026, 10, 22, 8)],
    ["2026-11-22 08:00:00.123456+00", Date.UTC(2026, 10, 22, 8, 0, 0, 123)],
    ["2026-11-22 10:00:00.5+02:00", Date.UTC(2026, 10, 22, 8, 0, 0, 500)],
    ["2026-11-22T03:00:00-0500", Date.UTC(2026, 10, 22, 8)],
    ["2026-11-22T08:00:00", Date.UTC(2026, 10, 22, 8)],
    ["yesterday", null],
    ["2026-13-45T99:00:00Z", null],
  ])("of %s", (created_at, at) => {
    expect(report(JSON.stringify({ type: "email.sent", data: { created_at } })).madeAt).toBe(at);
  });

  test("falls back on the time of the report itself", () => {
    const body = JSON.stringify({ type: "email.sent", created_at: "2026-11-22T08:00:00Z", data: { created_at: 7 } });
    expect(report(body).madeAt).toBe(Date.UTC(2026, 10, 22, 8));
  });

  test("gives its reason in one line, without an address", () => {
    const failed = { reason: "quota\nof ada@post.tld   is used up " };
    expect(report(JSON.stringify({ type: "email.failed", data: { failed } })).reason).toBe(
      "quota of a…@post.tld is used up",
    );
  });

  test.each([
    "email.scheduled",
    "email.received",
    "contact.created",
    "domain.updated",
    "suppression.added",
    "inbox.x",
    "",
  ])("%s is ignored", (type) => {
    expect(readReport(JSON.stringify({ type, data: {} }))).toEqual({ result: "ignored", type });
  });

  test.each([
    ["not JSON", "{"],
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["no type", '{"data":{}}'],
    ["a type that is a number", '{"type":5,"data":{}}'],
    ["no data", '{"type":"email.sent"}'],
    ["data that is a list", '{"type":"email.sent","data":[]}'],
    ["a type of the prototype's", '{"__proto__":{"type":"email.sent"}}'],
  ])("that is %s is unreadable", (_, body) => {
    expect(readReport(body).result).toBe("unreadable");
  });

  test("nested 100,000 deep is read, or not, without harm", () => {
    const deep = `{"type":"email.sent","data":{"tags":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
    expect([...report(deep).tags]).toEqual([]);
  });
});
