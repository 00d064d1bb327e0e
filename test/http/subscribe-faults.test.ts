import { parse } from "parse5";
import { expect, test } from "vitest";
import { explainAddress } from "../../src/mail/address.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { mostChosen } from "../../src/subscription/subscribe.ts";
import { attributes, find } from "./html.ts";
import { openSite, post, postJson } from "./site.ts";

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
    `${"a".repeat(1_100)}@harbour.example`,
  ]) {
    const answer = await post(site, "/subscribe", { email, newsletter: "morning-tide" });
    expect(answer.status, email).toBe(422);
    expect(await answer.text(), email).toMatch(/id="email-fault"><span class="vh">Error: <\/span>[A-Z][^<]{20,}/);
  }
});

test("an address or a newsletter of absurd length is told in the words of the form, to programs too", async () => {
  const site = await openSite();
  const before = await site.dump();
  const email = `${"a".repeat(1_100)}@harbour.example`;
  const tooLong = await postJson(site, "/subscribe", { email, newsletters: ["morning-tide"] });
  expect(tooLong.status).toBe(422);
  expect(await tooLong.json()).toEqual({
    error: { code: "invalid", field: "email", message: explainAddress("too-long") },
  });
  const form = await post(site, "/subscribe", { email: "ana@harbour.example", newsletter: "x".repeat(101) });
  expect(form.status).toBe(422);
  expect(await form.text()).toContain("takes no new readers any more");
  const json = await postJson(site, "/subscribe", { email: "ana@harbour.example", newsletters: ["x".repeat(101)] });
  expect(await json.json()).toEqual({
    error: {
      ...{ code: "invalid", field: "newsletters", newsletters: ["x".repeat(100)] },
      message: expect.stringContaining("takes no new readers any more"),
    },
  });
  expect(await site.dump()).toBe(before);
});

test("more newsletters than one request may have bring the form back with a sentence", async () => {
  const site = await openSite();
  const slugs = Array.from({ length: mostChosen + 1 }, (_, at) => `n-${at}`);
  const answer = await post(site, "/subscribe", [
    ["email", "ana@harbour.example"],
    ...slugs.map((slug): [string, string] => ["newsletter", slug]),
  ]);
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain("Please tick at most 50 newsletters at a time.");
  expect(html).toContain('value="ana@harbour.example"');
  const json = await postJson(site, "/subscribe", { email: "ana@harbour.example", newsletters: slugs });
  expect(await json.json()).toMatchObject({
    error: { field: "newsletters", message: expect.stringContaining("at most 50") },
  });
});
