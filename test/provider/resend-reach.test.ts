import { afterEach, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/provider/contract.ts";
import { createFetchPost, type Post } from "../../src/provider/resend/post.ts";
import { createResend, type ResendOptions } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { issue, notice, readers } from "./samples.ts";

let fake: FakeResend | null = null;

afterEach(async () => {
  vi.unstubAllEnvs();
  await fake?.stop();
  fake = null;
});

function options(changes: Partial<ResendOptions>): ResendOptions {
  return { apiKey: "re_1", baseUrl: "http://127.0.0.1:9", userAgent: "tidings-test/1", timeout: 5000, ...changes };
}

async function sendBoth(given: ResendOptions): Promise<Outcome[]> {
  const provider = createResend(given);
  return [
    await provider.notices([notice("a@post.tld")]).send("i/1"),
    await provider.issue(issue)(readers(1)).send("i/2"),
  ];
}

function failing(cause: unknown): Post {
  return createFetchPost(() => Promise.reject(new TypeError("fetch failed", { cause })));
}

test("a closed port is surely not sent", async () => {
  const gone = await startFakeResend();
  await gone.stop();
  for (const outcome of await sendBoth(options({ baseUrl: gone.url }))) {
    expect(outcome).toEqual({ result: "retry", reason: "Resend cannot be reached (ECONNREFUSED)." });
  }
});

test("a host without an address is surely not sent", async () => {
  for (const outcome of await sendBoth(options({ baseUrl: "http://resend.invalid" }))) {
    expect(outcome).toEqual({ result: "retry", reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  }
});

test("no connection in time, by any of the host's addresses, is surely not sent", async () => {
  const slow = Object.assign(new Error("Connect Timeout Error"), { code: "UND_ERR_CONNECT_TIMEOUT" });
  const each = new AggregateError([
    Object.assign(new Error("connect"), { code: "ENETUNREACH", syscall: "connect" }),
    Object.assign(new Error("connect"), { code: "ETIMEDOUT", syscall: "connect" }),
  ]);
  for (const cause of [slow, each]) {
    for (const outcome of await sendBoth(options({ post: failing(cause) }))) {
      expect(outcome.result).toBe("retry");
    }
  }
});

test("a connection lost on the way is unsure, whatever it is called", async () => {
  const lost = Object.assign(new Error("read"), { code: "ETIMEDOUT", syscall: "read" });
  const mixed = new AggregateError([Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), lost]);
  for (const cause of [lost, mixed, undefined, "Network connection lost."]) {
    for (const outcome of await sendBoth(options({ post: failing(cause) }))) {
      expect(outcome.result).toBe("unsure");
    }
  }
});

test("a certificate that does not hold is surely not sent", async () => {
  const cause = Object.assign(new Error("certificate has expired"), { code: "CERT_HAS_EXPIRED" });
  for (const outcome of await sendBoth(options({ post: failing(cause) }))) {
    expect(outcome).toEqual({ result: "retry", reason: "Resend cannot be reached (CERT_HAS_EXPIRED)." });
  }
});

test("takes nothing from the environment", async () => {
  fake = await startFakeResend({ apiKey: "re_ours" });
  vi.stubEnv("RESEND_API_KEY", "re_theirs");
  vi.stubEnv("RESEND_BASE_URL", "http://127.0.0.1:9");
  vi.stubEnv("RESEND_USER_AGENT", "stranger/1");
  vi.stubEnv("RESEND_DEBUG", "true");
  const outcomes = await sendBoth(options({ apiKey: "re_ours", baseUrl: `${fake.url}/` }));
  expect(outcomes.map((outcome) => outcome.result)).toEqual(["accepted", "accepted"]);
  const agents = (await fake.requests()).map((request) => request.headers["user-agent"]);
  expect(agents).toEqual(["tidings-test/1", "tidings-test/1"]);
});

test("is refused at once when it could never send", () => {
  const wrong: Partial<ResendOptions>[] = [
    { apiKey: "" },
    { apiKey: "re_1\n" },
    { userAgent: " " },
    { baseUrl: "api.resend.com" },
    { baseUrl: "ftp://api.resend.com" },
    { timeout: 0 },
    { timeout: Number.NaN },
  ];
  for (const change of wrong) {
    expect(() => createResend(options(change))).toThrow(expect.objectContaining({ code: "misconfigured" }));
  }
});

test("calls nothing when the mails have changed since their bytes were frozen", async () => {
  fake = await startFakeResend();
  const mail = { ...notice("a@post.tld") };
  const parcel = createResend(options({ baseUrl: fake.url })).notices([mail]);
  Object.assign(mail, { subject: "Something else" });
  expect(await parcel.send("i/1")).toMatchObject({ result: "halt", reason: expect.stringContaining("other bytes") });
  expect((await fake.counts()).requests).toBe(0);
});
