import { parse } from "parse5";
import { expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { attributes, find } from "./html.ts";
import { openSite, post } from "./site.ts";

test("a bad address comes back with the message beside the field, and everything as it was filled in", async () => {
  const site = await openSite();
  const before = await site.dump();
  const answer = await post(site, "/subscribe", [
    ["email", "ana@harbour"],
    ["newsletter", "council-watch"],
    ["form", "hub"],
  ]);
  const page = parse(await answer.text());
  expect(answer.status).toBe(422);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const field = attributes(find(page, (node) => attributes(node).id === "email"));
  expect(field).toMatchObject({ value: "ana@harbour", "aria-invalid": "true", autofocus: "" });
  const message = find(page, (node) => attributes(node).id === field["aria-describedby"]);
  expect(JSON.stringify(message?.childNodes, ["value", "childNodes"])).toContain("not a complete domain");
  const boxes = ["morning-tide", "council-watch", "hafenbrief"].map((slug) =>
    attributes(find(page, (node) => attributes(node).value === slug && attributes(node).type === "checkbox")),
  );
  expect(boxes.map((box) => "checked" in box)).toEqual([false, true, false]);
  expect(await site.dump()).toBe(before);
});

test("the page of one newsletter comes back as that page", async () => {
  const site = await openSite();
  const answer = await post(site, "/subscribe", {
    email: "nobody",
    newsletter: "morning-tide",
    form: "n/morning-tide",
  });
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain("<h1>The Morning Tide</h1>");
  expect(html).toContain("<title>Error: The Morning Tide · The Harbour Post</title>");
  expect(html).toContain('value="nobody"');
});

test("without a newsletter, the boxes are marked and the address stays", async () => {
  const site = await openSite();
  const answer = await post(site, "/subscribe", { email: "ana@harbour.example", form: "hub" });
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain("Please tick at least one newsletter.");
  expect(html).toContain('value="ana@harbour.example"');
  expect(html.match(/ autofocus/g)).toHaveLength(1);
  expect(html).toMatch(/aria-describedby="n-morning-tide-pitch boxes-fault" autofocus/);
});

test.each(["paused", "closed", "unknown"] as const)(
  "a newsletter that is %s is refused, and nothing is kept",
  async (how) => {
    const site = await openSite();
    if (how !== "unknown") await editNewsletter(site.ctx, { slug: "council-watch", changes: { status: how } });
    const before = await site.dump();
    const answer = await post(site, "/subscribe", [
      ["email", "ana@harbour.example"],
      ["newsletter", "morning-tide"],
      ["newsletter", how === "unknown" ? "no-such-thing" : "council-watch"],
    ]);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("takes no new readers any more");
    expect(await site.dump()).toBe(before);
  },
);

test("a message names the fault for every kind of bad address", async () => {
  const site = await openSite();
  for (const email of [
    "",
    "ana",
    "ana@",
    "@harbour.example",
    "a b@harbour.example",
    "ana@x@harbour.example",
    "änä@harbour.example",
    `${"a".repeat(300)}@harbour.example`,
  ]) {
    const answer = await post(site, "/subscribe", { email, newsletter: "morning-tide" });
    expect(answer.status, email).toBe(422);
    expect(await answer.text(), email).toMatch(/id="email-fault"><span class="vh">Error: <\/span>[A-Z][^<]{20,}/);
  }
});
