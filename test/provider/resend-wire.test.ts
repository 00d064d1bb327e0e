import fc from "fast-check";
import { Resend } from "resend";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { CompiledMail, Message, Recipient } from "../../src/mail/message.ts";
import { fill } from "../../src/mail/segments.ts";
import { formatMailbox } from "../../src/provider/resend/bytes.ts";
import { toPackage } from "../../src/provider/resend/notices.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { bytesOf, issue, notice, readers } from "./samples.ts";

let fake: FakeResend;

beforeAll(async () => {
  fake = await startFakeResend();
});
beforeEach(() => fake.reset());
afterAll(() => fake.stop());

function ours() {
  return createResend({ apiKey: "re_1", baseUrl: fake.url, userAgent: "tidings-test/1", timeout: 20_000 });
}

/** The same reader's mail as a whole, without any of our byte work. */
function whole(mail: CompiledMail, { address, values, messageId, date }: Recipient): Message {
  return {
    from: mail.from,
    to: address,
    replyTo: mail.replyTo,
    subject: fill(mail.subject, values),
    html: fill(mail.html, values),
    text: fill(mail.text, values),
    headers: mail.headers.map(([name, value]) => [name, fill(value, values)] as const),
    messageId,
    date,
    tags: mail.tags.map(([name, value]) => [name, fill(value, values)] as const),
  };
}

async function lastRequest() {
  const request = (await fake.requests()).at(-1);
  const { host: _host, connection: _connection, ...headers } = request?.headers ?? {};
  return { method: request?.method, path: request?.path, headers, body: request?.body ?? "" };
}

test("the byte client and the untouched package put the same issue batch on the wire", async () => {
  const list = readers(100);
  expect(await ours().issue(issue)(list).send("i/1")).toMatchObject({ result: "accepted" });
  const byBytes = await lastRequest();

  await fake.reset();
  const client = new Resend("re_1", { baseUrl: fake.url, userAgent: "tidings-test/1" });
  const mails = list.map((reader) => toPackage(whole(issue, reader)));
  const { error } = await client.batch.send(mails, { idempotencyKey: "i/1", batchValidation: "strict" });
  expect(error).toBeNull();
  const byPackage = await lastRequest();

  expect(JSON.parse(byBytes.body)).toEqual(JSON.parse(byPackage.body));
  expect(byBytes).toEqual(byPackage);
});

test("notices leave as the untouched package would send them", async () => {
  const mails = [notice("a@post.tld"), notice("b@post.tld", { replyTo: null, headers: [], tags: [] })];
  await ours().notices(mails).send("i/2");
  const byUs = await lastRequest();

  await fake.reset();
  const client = new Resend("re_1", { baseUrl: fake.url, userAgent: "tidings-test/1" });
  await client.batch.send(mails.map(toPackage), { idempotencyKey: "i/2", batchValidation: "strict" });
  expect(byUs).toEqual(await lastRequest());
});

test("in a call of its own a mail leaves as the untouched package would send it", async () => {
  const provider = createResend({
    apiKey: "re_1",
    baseUrl: fake.url,
    userAgent: "tidings-test/1",
    timeout: 20_000,
    batch: "single",
  });
  const client = new Resend("re_1", { baseUrl: fake.url, userAgent: "tidings-test/1" });
  const [reader] = readers(1);
  const mails = [notice("a@post.tld"), whole(issue, reader as Recipient)];
  const parcels = [provider.notices([mails[0] as Message]), provider.issue(issue)(readers(1))];
  for (const [at, parcel] of parcels.entries()) {
    expect(await parcel.send(`i/3/${at}`)).toMatchObject({ result: "accepted" });
    const byUs = await lastRequest();
    await fake.reset();
    await client.emails.send(toPackage(mails[at] as Message), { idempotencyKey: `i/3/${at}` });
    const byPackage = await lastRequest();
    expect(JSON.parse(byUs.body)).toEqual(JSON.parse(byPackage.body));
    expect(byUs).toEqual(byPackage);
    expect(byUs.path).toBe("/emails");
  }
});

test("a permissive batch leaves as the untouched package would send it", async () => {
  const provider = createResend({
    apiKey: "re_1",
    baseUrl: fake.url,
    userAgent: "tidings-test/1",
    timeout: 20_000,
    batch: "permissive",
  });
  const client = new Resend("re_1", { baseUrl: fake.url, userAgent: "tidings-test/1" });
  const mails = [notice("a@post.tld"), notice("b@post.tld")];
  await provider.notices(mails).send("i/4");
  const byUs = await lastRequest();
  await fake.reset();
  await client.batch.send(mails.map(toPackage), { idempotencyKey: "i/4", batchValidation: "permissive" });
  expect(byUs).toEqual(await lastRequest());
  await provider.issue(issue)(readers(2)).send("i/5");
  expect((await lastRequest()).headers).toEqual({
    ...byUs.headers,
    "idempotency-key": "i/5",
    "content-length": expect.any(String),
  });
});

test("a request names itself, its key and strict validation, and leaves Message-ID and Date to the provider", async () => {
  await ours().issue(issue)(readers(1)).send("instance/issue/batch.1");
  const { headers, body, path } = await lastRequest();
  expect(path).toBe("/emails/batch");
  expect(headers).toMatchObject({
    authorization: "Bearer re_1",
    "user-agent": "tidings-test/1",
    "content-type": "application/json",
    "idempotency-key": "instance/issue/batch.1",
    "x-batch-validation": "strict",
    "content-length": String(Buffer.byteLength(body)),
  });
  expect(body).not.toMatch(/message-id|"date"/i);
});

test("whatever a reader is called, the bytes hold what JSON would hold", () => {
  const strings = fc.string({ unit: "binary", maxLength: 40 });
  const awkward = fc.oneof(
    strings,
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.constant('\ud800 \u2028\u0000\\"</'),
  );
  const property = fc.property(fc.array(fc.tuple(awkward, awkward), { minLength: 1, maxLength: 6 }), (people) => {
    const list = people.map(([name, leaveUrl], index) => {
      const [reader] = readers(1, index);
      return { ...reader, values: { ...reader?.values, name, leaveUrl } } as Recipient;
    });
    const mails = JSON.parse(bytesOf(ours().issue(issue)(list)).toString()) as {
      html: string;
      text: string;
      subject: string;
    }[];
    const expected = list.map((reader) => {
      const { html, text, subject } = whole(issue, reader);
      return { html, text, subject };
    });
    expect(mails.map(({ html, text, subject }) => ({ html, text, subject }))).toEqual(expected);
  });
  fc.assert(property, { numRuns: 300 });
});

test("what readers share is encoded once and not copied, unless it is short", () => {
  const long = "<p>Nothing but news.</p>".repeat(40);
  const make = ours().issue({ ...issue, html: [...issue.html.flatMap((part) => [part, long])] });
  const [one, hundred] = [make(readers(1)), make(readers(100))];
  // But for the bracket at the end.
  const shared = new Set(hundred.chunks.slice(0, -1).filter((chunk) => one.chunks.includes(chunk)));
  expect(shared.size).toBe(issue.html.filter((part) => typeof part === "string").length);
  expect(hundred.chunks.filter((chunk) => shared.has(chunk))).toHaveLength(100 * shared.size);
  expect(hundred.chunks.length).toBeLessThan(100 * (2 * shared.size + 2));
});

test("a display name is quoted where its characters would mean something else", () => {
  const address = "a@morgenblatt.tld";
  const cases: [string, string][] = [
    ["", address],
    ["Morgenblatt", `Morgenblatt <${address}>`],
    ["Grüße", `Grüße <${address}>`],
    ["Acme, Inc.", `"Acme, Inc." <${address}>`],
    ['a"b\\c', `"a\\"b\\\\c" <${address}>`],
    ["<x> (y) [z]:;", `"<x> (y) [z]:;" <${address}>`],
    [" blank", `" blank" <${address}>`],
  ];
  for (const [name, expected] of cases) {
    expect(formatMailbox({ name, address })).toBe(expected);
  }
});
