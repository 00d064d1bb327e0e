import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Pace } from "../../src/provider/contract.ts";
import { judge } from "../../src/provider/resend/errors.ts";
import { paceOf } from "../../src/provider/resend/pace.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { issue, notice, readers } from "./samples.ts";

let fake: FakeResend;
beforeAll(async () => {
  fake = await startFakeResend();
});
beforeEach(() => fake.reset());
afterAll(() => fake.stop());

const second = (calls: number): Pace => ({ calls, span: 1_000 });

test.each<[Record<string, string>, Pace | undefined]>([
  [{ "ratelimit-limit": "5" }, second(5)],
  [{ "ratelimit-limit": " 5 ", "ratelimit-remaining": "4", "ratelimit-reset": "1" }, second(5)],
  [{ "ratelimit-limit": "5", "ratelimit-remaining": "0", "ratelimit-reset": "0.4" }, second(5)],
  [{ "ratelimit-limit": "5", "ratelimit-policy": "5;w=1" }, second(5)],
  [
    { "ratelimit-limit": "60", "ratelimit-policy": "60;w=60", "ratelimit-reset": "41" },
    { calls: 60, span: 60_000 },
  ],
  [
    { "ratelimit-limit": "100", "ratelimit-policy": "5;w=1, 100;w=60" },
    { calls: 100, span: 60_000 },
  ],
  [{ "ratelimit-policy": "5;w=1, 100;w=60" }, { calls: 100, span: 60_000 }],
  [{ "ratelimit-policy": '"default";q=10;w=2' }, { calls: 10, span: 2_000 }],
  [{ "ratelimit-limit": "10", "ratelimit-policy": "nonsense" }, second(10)],
  [{}, undefined],
  [{ "ratelimit-limit": "0" }, undefined],
  [{ "ratelimit-limit": "-5" }, undefined],
  [{ "ratelimit-limit": "many" }, undefined],
  [{ "ratelimit-limit": "many", "ratelimit-policy": "5;w=1" }, undefined],
  [{ "ratelimit-limit": "5.5" }, undefined],
  [{ "ratelimit-limit": "1e9" }, undefined],
  [{ "ratelimit-limit": "99999999999999999999" }, undefined],
  [{ "ratelimit-limit": "5", "ratelimit-remaining": "6" }, undefined],
  [{ "ratelimit-limit": "5", "ratelimit-remaining": "some" }, undefined],
  [{ "ratelimit-limit": "5", "ratelimit-reset": "soon" }, undefined],
  // A window that ends in an hour is not one of a second: it may be the quota of a day.
  [{ "ratelimit-limit": "100", "ratelimit-reset": "3600" }, undefined],
  [{ "ratelimit-policy": "5;w=0" }, undefined],
  [{ "ratelimit-policy": "5" }, undefined],
])("the headers %j mean %j", (headers, expected) => {
  expect(paceOf(new Headers(headers))).toEqual(expected);
});

test("the pace comes with what was accepted and with what was too fast, and with nothing else", () => {
  const headers = new Headers({ "ratelimit-limit": "5" });
  const answer = (status: number, body: unknown) => judge({ status, headers, body: JSON.stringify(body) }, 1);
  expect(answer(200, { data: [{ id: "a" }] })).toEqual({ result: "accepted", ids: ["a"], pace: second(5) });
  expect(answer(429, { name: "rate_limit_exceeded" })).toMatchObject({
    result: "retry",
    limited: true,
    pace: second(5),
  });
  expect(answer(429, { name: "daily_quota_exceeded" })).not.toHaveProperty("pace");
  expect(answer(500, {})).not.toHaveProperty("pace");
  expect(answer(422, { name: "validation_error" })).not.toHaveProperty("pace");
});

test("what Resend answers to notices and issues tells its pace, also once it is too fast", async () => {
  await fake.stopClock();
  await fake.rate(2);
  const provider = createResend({ apiKey: "re_1", baseUrl: fake.url, userAgent: "tidings-test/1", timeout: 5_000 });
  expect(await provider.notices([notice("a@post.tld")]).send("i/1")).toMatchObject({
    result: "accepted",
    pace: second(2),
  });
  expect(await provider.issue(issue)(readers(2)).send("i/2")).toMatchObject({ result: "accepted", pace: second(2) });
  const parcel = provider.issue(issue)(readers(3));
  const late = { result: "retry", limited: true, after: 1_000, pace: second(2) };
  expect(await parcel.send("i/3")).toMatchObject(late);
  await fake.clock(1_000);
  expect(await parcel.send("i/3")).toMatchObject({ result: "accepted" });
});
