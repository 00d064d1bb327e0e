import type { Asked } from "./pair.ts";

export const form = { "content-type": "application/x-www-form-urlencoded" };
export const json = { "content-type": "application/json" };

/** What somebody may send instead of a sign-up. */
export const bodies: [what: string, more: Partial<Asked>, body: string][] = [
  ["no address", {}, "email=&newsletter=tides"],
  ["a wrong address", {}, "email=ada&newsletter=tides&form=n/tides"],
  [
    "a wrong address, for a program",
    { headers: { ...form, accept: "application/json" } },
    "email=ada&newsletter=tides",
  ],
  ["markup", {}, `email=${encodeURIComponent('"><script>@x.example')}&newsletter=tides`],
  ["letters of all kinds", {}, `email=${encodeURIComponent("ädä@tøne.example")}&newsletter=tides`],
  ["bytes that are no text", {}, "email=%ff%fe&newsletter=tides"],
  ["nothing chosen", {}, "email=dee%40reader.example"],
  ["something unknown", {}, "email=dee%40reader.example&newsletter=none"],
  ["more than there is", {}, `email=dee%40reader.example${"&newsletter=tides".repeat(60)}`],
  ["no body", { headers: json }, ""],
  ["damaged JSON", { headers: json }, "{"],
  ["JSON that is no object", { headers: json }, "[]"],
  ["JSON with wrong kinds", { headers: json }, '{"email":{},"newsletters":[1]}'],
  ["a type that is not taken", { headers: { "content-type": "text/plain" } }, "email=a"],
  ["no type", { headers: {} }, "email=a"],
  ["a part without its end", { headers: { "content-type": "multipart/form-data; boundary=x" } }, "--x\r\nbroken"],
  ["a part without a boundary", { headers: { "content-type": "multipart/form-data" } }, "--x"],
  ["far too much", {}, `email=${"x".repeat(17_000)}`],
  ["far too much, in pieces", { chunked: true }, `email=${"x".repeat(40_000)}`],
  ["a form in pieces", { chunked: true }, "email=dee%40reader.example&newsletter=none"],
];

/** Addresses that lead nowhere, or are written oddly. */
export const strays = [
  "//",
  "/?",
  "/%",
  "/%e0%a4%a",
  "/a b",
  "/n/..",
  "/n/%2e%2e/healthz",
  "/N/tides",
  "/healthz/",
  "/n",
  "/api",
  "/api/",
  "/API/tokens",
  "/cdn",
  "/.env",
  "/n/tides?x=%ff",
  `/n/${"x".repeat(3_000)}`,
];

/** Files that are none. */
export const odd = [
  "none.png",
  "",
  "style.css/",
  "STYLE.CSS",
  "../page/hub.html.liquid",
  "..%2fpage/hub.html.liquid",
  "%2e%2e/a.css",
  "a%00.css",
  ".css",
  "style.html",
];

/** What a client may say that it takes. */
export const accepts = [
  "application/json",
  "text/html",
  "application/problem+json",
  "text/html, application/json",
  "*/*",
  "",
];
