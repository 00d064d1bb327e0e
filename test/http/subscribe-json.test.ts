import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { openSite, post, postJson, statuses } from "./site.ts";

test("JSON is answered with 202 and words for the reader", async () => {
  const site = await openSite();
  const answer = await postJson(site, "/subscribe", { email: "ana@harbour.example", newsletters: ["morning-tide"] });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toEqual({ status: "sent", message: expect.stringContaining("confirm") });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "pending" });
});

test("faults come as one error with code, message and field", async () => {
  const site = await openSite();
  const cases: [unknown, string, RegExp, string[]?][] = [
    [{ email: "ana@harbour", newsletters: ["morning-tide"] }, "email", /complete domain/],
    [{ newsletters: ["morning-tide"] }, "email", /enter your email/],
    [{ email: 7, newsletters: ["morning-tide"] }, "email", /enter your email/],
    [{ email: "ana@harbour.example", newsletters: [] }, "newsletters", /at least one/],
    [{ email: "ana@harbour.example", newsletters: ["nothing"] }, "newsletters", /takes no new readers/, ["nothing"]],
    [{ email: "ana@harbour.example", newsletters: Array(51).fill("x") }, "newsletters", /at most 50/],
  ];
  for (const [value, field, message, newsletters] of cases) {
    const answer = await postJson(site, "/subscribe", value);
    expect(answer.status, JSON.stringify(value)).toBe(422);
    const expected = { code: "invalid", message: expect.stringMatching(message), field };
    expect(await answer.json()).toEqual({ error: newsletters === undefined ? expected : { ...expected, newsletters } });
  }
});

test("what is told for readers is in the language of the form, and slugs stand apart from it", async () => {
  const site = await openSite();
  await editNewsletter(site.ctx, { slug: "council-watch", changes: { status: "closed" } });
  const fields = { email: "ana@harbour.example", newsletters: ["morning-tide", "council-watch"], lang: "uk" };
  const { error } = await (await postJson(site, "/subscribe", fields)).json();
  expect(error).toMatchObject({ field: "newsletters", newsletters: ["council-watch"] });
  expect(error.message).toMatch(/більше не приймає нових читачів/);
  expect(error.message).not.toContain("council-watch");
});

test("a form whose sender asks for JSON gets JSON", async () => {
  const site = await openSite();
  const headers = { accept: "application/json" };
  const body = new URLSearchParams({ email: "ana@harbour.example", newsletter: "morning-tide" });
  const answer = await site.app.request("/subscribe", { method: "POST", headers, body });
  expect(answer.status).toBe(202);
  expect((await post(site, "/subscribe", { email: "x" })).headers.get("content-type")).toContain("text/html");
});

test.each(["__proto__", "constructor", "toString"])("a field called %s is only an unknown field", async (name) => {
  const site = await openSite();
  const body = `{"email":"ana@harbour.example","newsletters":["morning-tide"],"${name}":{"status":"active"}}`;
  const headers = { "content-type": "application/json" };
  const answer = await site.app.request("/subscribe", { method: "POST", headers, body });
  expect(answer.status).toBe(202);
  expect(await statuses(site, "ana@harbour.example")).toEqual({ "morning-tide": "pending" });
});
