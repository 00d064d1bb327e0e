import { expect, test } from "vitest";
import { judge, waitOf } from "../../src/provider/resend/errors.ts";

const date = "Sun, 22 Nov 2026 10:00:00 GMT";

test("the wait is retry-after in seconds, else ratelimit-reset, in milliseconds", () => {
  const cases: [Record<string, string>, number | undefined][] = [
    [{ "retry-after": "3" }, 3000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after": "3", "ratelimit-reset": "9" }, 3000],
    [{ "ratelimit-reset": "1" }, 1000],
    [{ "retry-after": "soon", "ratelimit-reset": "2" }, 2000],
    [{ "retry-after": "-5" }, undefined],
    [{}, undefined],
  ];
  for (const [headers, expected] of cases) {
    expect(waitOf(new Headers(headers))).toBe(expected);
  }
});

test("a date to wait for is counted from the answer's own date, never into the past", () => {
  expect(waitOf(new Headers({ "retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", date }))).toBe(30_000);
  expect(waitOf(new Headers({ "retry-after": "Sun, 22 Nov 2026 09:00:30 GMT", date }))).toBe(0);
  expect(waitOf(new Headers({ "retry-after": "Sun, 22 Nov 2026 10:00:30 GMT" }))).toBeUndefined();
});

test("no wait is longer than an hour", () => {
  for (const value of ["3601", "9999999999", "Mon, 22 Nov 2027 10:00:00 GMT"]) {
    expect(waitOf(new Headers({ "retry-after": value, date }))).toBe(3_600_000);
  }
});

test("a wait reaches every outcome that is tried again, and no other", () => {
  const headers = new Headers({ "retry-after": "7" });
  const answer = (status: number, name: string) => judge({ status, headers, body: JSON.stringify({ name }) }, 1);
  expect(answer(429, "rate_limit_exceeded")).toMatchObject({ result: "retry", after: 7000 });
  expect(answer(429, "daily_quota_exceeded")).toMatchObject({ result: "pause", after: 7000 });
  expect(answer(503, "")).toMatchObject({ result: "unsure", after: 7000 });
  expect(answer(401, "")).not.toHaveProperty("after");
  expect(answer(422, "validation_error")).not.toHaveProperty("after");
});
