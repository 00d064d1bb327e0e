import { appendFileSync, readFileSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { diskFolder } from "../../world/scratch.ts";
import type { FakeOptions, FakeResend } from "./control.ts";
import { faults } from "./faults.ts";
import { startFakeResend } from "./start.ts";

type Json = Record<string, unknown>;

const mail = {
  from: "Morgenblatt <m@morgenblatt.tld>",
  to: ["a@post.tld"],
  subject: "Früh",
  html: "<p>x</p>",
  text: "x",
};

async function post(url: string, body: unknown, headers: Record<string, string> = {}, path = "/emails/batch") {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { authorization: "Bearer re_1", "user-agent": "t/1", "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

const key = (value: string): Record<string, string> => ({ "idempotency-key": value });

describe("the fake Resend", () => {
  let fake: FakeResend;
  beforeAll(async () => {
    fake = await startFakeResend();
  });
  beforeEach(() => fake.reset());
  afterAll(() => fake.stop());

  test("accepts one mail and a batch, and tells them again by id", async () => {
    const one = await post(fake.url, mail, {}, "/emails");
    const many = await post(fake.url, [mail, { ...mail, to: ["b@post.tld"] }]);
    expect([one.status, many.status]).toEqual([200, 200]);
    const ids = (many.body.data as { id: string }[]).map((entry) => entry.id);
    expect(new Set([one.body.id, ...ids]).size).toBe(3);
    const headers = { authorization: "Bearer re_1", "user-agent": "t/1" };
    const found = (await (await fetch(`${fake.url}/emails/${ids[1]}`, { headers })).json()) as Json;
    expect(found).toMatchObject({ id: ids[1], to: ["b@post.tld"], subject: "Früh", html: "<p>x</p>" });
    expect((await fake.ledger()).perRecipient).toEqual({ "a@post.tld": 2, "b@post.tld": 1 });
  });

  test("refuses whoever does not say who they are", async () => {
    const { port } = new URL(fake.url);
    const answer = await new Promise<string>((done, fail) => {
      const headers = { authorization: "Bearer re_1" };
      const call = rawRequest(
        { port, host: "127.0.0.1", method: "POST", path: "/emails/batch", headers },
        (response) => {
          response.setEncoding("utf8").on("data", (text: string) => done(`${response.statusCode} ${text}`));
        },
      );
      call.on("error", fail).end(JSON.stringify([mail]));
    });
    expect(answer).toBe("403 error code: 1010");
    expect(await post(fake.url, [mail], { authorization: "" })).toMatchObject({
      status: 401,
      body: { name: "missing_api_key" },
    });
  });

  test("refuses every mail that the real one would refuse, and the whole batch with it", async () => {
    const { subject: _, ...noSubject } = mail;
    const wrong: [unknown, string][] = [
      [{ ...mail, to: ["a@example.com"] }, "validation_error"],
      [{ ...mail, to: ["a@test.com"] }, "validation_error"],
      [{ ...mail, to: [] }, "validation_error"],
      [{ ...mail, to: Array.from({ length: 51 }, (_, n) => `a${n}@post.tld`) }, "validation_error"],
      [{ ...mail, to: ["a@post.tld, b@post.tld"] }, "validation_error"],
      [{ ...mail, from: "Acme, Inc. <a@morgenblatt.tld>" }, "validation_error"],
      [{ ...mail, from: "a@morgenblatt.tld <" }, "validation_error"],
      [{ ...mail, subject: "a\r\nBcc: b@post.tld" }, "validation_error"],
      [{ ...mail, headers: { "X A": "b" } }, "validation_error"],
      [{ ...mail, headers: { "X-A": "b\nc" } }, "validation_error"],
      [{ ...mail, headers: [["X-A", "b"]] }, "validation_error"],
      [{ ...mail, tags: [{ name: "a b", value: "c" }] }, "validation_error"],
      [{ ...mail, tags: [{ name: "a", value: "x".repeat(257) }] }, "validation_error"],
      [{ ...mail, replyTo: "a@post.tld" }, "invalid_parameter"],
      [noSubject, "missing_required_field"],
      [{ ...mail, html: undefined, text: undefined }, "missing_required_field"],
    ];
    for (const [bad, name] of wrong) {
      const { status, body } = await post(fake.url, [mail, bad]);
      expect([status, body.name, bad]).toEqual([422, name, bad]);
    }
    expect((await fake.counts()).mails).toBe(0);
  });

  test("takes 1 to 100 mails in a batch", async () => {
    expect((await post(fake.url, [])).status).toBe(422);
    expect((await post(fake.url, Array(101).fill(mail))).status).toBe(422);
    expect((await post(fake.url, mail)).status).toBe(422);
    expect((await post(fake.url, "[{")).status).toBe(400);
    expect((await post(fake.url, Array(100).fill(mail))).status).toBe(200);
  });

  test("accepts the good ones of a permissive batch and names the others", async () => {
    const batch = [mail, { ...mail, to: ["a@test.com"] }, mail];
    const { status, body } = await post(fake.url, batch, { "x-batch-validation": "permissive" });
    expect(status).toBe(200);
    expect(body.data).toHaveLength(2);
    expect(body.errors).toEqual([{ index: 1, message: expect.stringContaining("`to`") }]);
    expect((await fake.counts()).mails).toBe(2);
  });

  test("answers a repeated key with its first answer for 24 hours, then accepts anew", async () => {
    const first = await post(fake.url, [mail], key("k1"));
    await fake.clock(86_399_000);
    expect((await post(fake.url, [mail], key("k1"))).body).toEqual(first.body);
    expect((await fake.counts()).mails).toBe(1);
    await fake.clock(1_001);
    expect((await post(fake.url, [mail], key("k1"))).body).not.toEqual(first.body);
    expect((await fake.counts()).mails).toBe(2);
  });

  test("knows a key with other bytes, even when the first call was refused", async () => {
    await post(fake.url, [mail], key("k1"));
    await post(fake.url, [{ ...mail, to: [] }], key("k2"));
    for (const name of ["k1", "k2"]) {
      const answer = await post(fake.url, [mail, mail], key(name));
      expect(answer).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
    }
    expect((await fake.counts()).mails).toBe(1);
  });

  test("says so while the first call with a key runs", async () => {
    await fake.latency(200);
    const answers = await Promise.all([post(fake.url, [mail], key("k1")), post(fake.url, [mail], key("k1"))]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    const names = answers.map((answer) => answer.body.name).filter(Boolean);
    expect(names).toEqual(["concurrent_idempotent_requests"]);
  });

  test("refuses keys of more than 256 characters", async () => {
    expect((await post(fake.url, [mail], key("x".repeat(256)))).status).toBe(200);
    const answer = await post(fake.url, [mail], key("x".repeat(257)));
    expect(answer).toMatchObject({ status: 400, body: { name: "invalid_idempotency_key" } });
  });

  test("lets each fault strike once, or as often as said, where it matches", async () => {
    await fake.fault(
      { ...faults.internal500, match: { key: "k2" } },
      { ...faults.rate429, times: 2, match: { to: "b@post.tld" } },
    );
    const statuses: number[] = [];
    for (const [to, name] of [
      ["a@post.tld", "k1"],
      ["a@post.tld", "k2"],
      ["b@post.tld", "k3"],
      ["b@post.tld", "k4"],
      ["b@post.tld", "k5"],
      ["a@post.tld", "k2"],
    ] as const) {
      statuses.push((await post(fake.url, [{ ...mail, to: [to] }], key(name))).status);
    }
    expect(statuses).toEqual([200, 500, 429, 429, 200, 200]);
  });

  test("answers unknown places and methods as the API does", async () => {
    const headers = { authorization: "Bearer re_1", "user-agent": "t/1" };
    expect((await fetch(`${fake.url}/nowhere`, { headers })).status).toBe(404);
    expect((await fetch(`${fake.url}/emails/batch`, { headers })).status).toBe(405);
  });
});

describe("a fake Resend of its own", () => {
  const running: FakeResend[] = [];
  afterEach(async () => {
    for (const fake of running.splice(0)) {
      await fake.stop();
    }
  });

  async function start(options: FakeOptions): Promise<FakeResend> {
    const fake = await startFakeResend(options);
    running.push(fake);
    return fake;
  }

  test("limits requests per second, says so in its headers, and recovers", async () => {
    const fake = await start({ rate: 2 });
    await fake.stopClock();
    const answers = await Promise.all([1, 2, 3].map(() => post(fake.url, [mail])));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect(refused[0]?.headers.get("ratelimit-limit")).toBe("2");
    await fake.clock(1000);
    expect((await post(fake.url, [mail])).status).toBe(200);
  });

  test("knows its key, its domains, its size, and reserved addresses if told so", async () => {
    const fake = await start({ apiKey: "re_1", domains: ["morgenblatt.tld"], maxBytes: 2000, allowReserved: true });
    expect((await post(fake.url, [mail], { authorization: "Bearer re_2" })).status).toBe(403);
    const stranger = await post(fake.url, [{ ...mail, from: "a@abendblatt.tld" }]);
    expect(stranger).toMatchObject({ status: 403, body: { name: "validation_error" } });
    const response = await fetch(`${fake.url}/domains`, {
      headers: { authorization: "Bearer re_1", "user-agent": "t" },
    });
    expect(((await response.json()) as Json).data).toMatchObject([{ name: "morgenblatt.tld", status: "verified" }]);
    expect((await post(fake.url, [{ ...mail, to: "a@example.com" }])).status).toBe(200);
    const large = post(fake.url, [{ ...mail, text: "x".repeat(3000) }]);
    await expect(large).rejects.toThrow(/JSON/);
  });

  test("remembers mails and keys after it was killed, and forgets a line it never finished", async () => {
    const folder = diskFolder("fake-ledger");
    const ledger = join(folder, "ledger.jsonl");
    const first = await startFakeResend({ ledger });
    const answer = await post(first.url, [mail, mail], key("k1"));
    await first.kill();
    const sound = readFileSync(ledger, "utf8");
    appendFileSync(ledger, `${sound.split("\n")[0]}\n{"type":"ma`);

    const second = await start({ ledger });
    expect((await second.counts()).mails).toBe(2);
    expect(readFileSync(ledger, "utf8")).toBe(sound);
    expect((await post(second.url, [mail, mail], key("k1"))).body).toEqual(answer.body);
    expect((await post(second.url, [mail], key("k1"))).status).toBe(409);
    expect((await second.ledger()).mails.map((entry) => entry.seq)).toEqual([1, 2]);
  });
});
