import { expect, test } from "vitest";
import { alike } from "./alike.ts";
import type { Answered } from "./pair.ts";
import { reached } from "./table.ts";

const answer: Answered = {
  status: 200,
  headers: { "content-type": "text/html; charset=UTF-8", "cache-control": "no-store", date: "now" },
  body: '<time datetime="2026-11-22T08:00:00.000Z">22 November 2026 at 08:00:00 UTC</time> {"at":1795334400000,"id":7}',
};

test.each<[string, Partial<Answered>]>([
  ["status", { status: 201 }],
  ["header's value", { headers: { ...answer.headers, "cache-control": "no-cache" } }],
  ["header more", { headers: { ...answer.headers, vary: "accept" } }],
  ["header less", { headers: { "content-type": "text/html; charset=UTF-8" } }],
  ["letter's case", { headers: { ...answer.headers, "content-type": "text/html; charset=utf-8" } }],
  ["space", { body: `${answer.body} ` }],
  ["number", { body: answer.body.replace('"id":7', '"id":8') }],
  ["time where none should be", { body: answer.body.replace("<time", "<time title='2026'") }],
])("a planted difference is found: another %s", (_, planted) => {
  expect(alike({ ...answer, ...planted })).not.toEqual(alike(answer));
});

test.each<[string, Partial<Answered>]>([
  ["moment", { body: answer.body.replaceAll("08:00:00", "09:10:11").replace("1795334400000", "1795338611000") }],
  [
    "way to carry the answer",
    { headers: { ...answer.headers, date: "then", "transfer-encoding": "chunked", "cf-ray": "1" } },
  ],
])("what must differ is spared: another %s", (_, other) => {
  expect(alike({ ...answer, ...other })).toEqual(alike(answer));
});

test("a route that nobody asked, or that nobody got through to, is named", () => {
  const routes = [
    { method: "GET", path: "/n/:slug" },
    { method: "GET", path: "/n/new" },
    { method: "POST", path: "/n/:slug" },
    { method: "GET", path: "/assets/:path{.+}" },
    { method: "PUT", path: "/api/issues" },
  ];
  const asked = [
    { method: "GET", path: "/n/tides?x=1", status: 200 },
    { method: "PUT", path: "/api/issues", status: 401 },
    { method: "GET", path: "/assets/a/b.css", status: 304 },
  ];
  expect(reached(routes, asked)).toEqual(["GET /n/new", "POST /n/:slug", "PUT /api/issues"]);
});
