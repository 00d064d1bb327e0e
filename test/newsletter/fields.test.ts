import { afterEach, beforeEach, expect, test } from "vitest";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { findNewsletter, listNewsletters } from "../../src/newsletter/find.ts";
import { openWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const least = {
  slug: "tides",
  name: "The Tides",
  pitch: "High and low.",
  senderName: "Courier",
  senderAddress: "t@courier.example",
};

test("a newsletter needs slug, name, pitch and sender; the rest has defaults", async () => {
  expect(await createNewsletter(world.ctx, least)).toEqual({
    id: 1,
    ...least,
    about: "",
    frequency: "",
    language: "en",
    replyTo: null,
    group: "",
    position: 0,
    image: null,
    imageSquare: null,
    imageAlt: "",
    thanks: "",
    welcome: null,
    listId: "tides.courier.example",
    status: "open",
    archive: "public",
    origins: [],
    redirects: [],
    hourlyLimit: null,
    warmUp: null,
    warmUpSince: null,
  });
});

test("every missing field is named at once", async () => {
  const nothing = createNewsletter(world.ctx, {} as typeof least);
  await expect(nothing).rejects.toMatchObject({ code: "invalid", details: { faults: expect.any(Array) } });
  const error = await nothing.catch((fault: { details: { faults: { field: string }[] } }) => fault);
  const fields = (error as { details: { faults: { field: string }[] } }).details.faults.map((fault) => fault.field);
  expect(fields.sort()).toEqual(["name", "pitch", "senderAddress", "senderName", "slug"]);
});

test.each([
  [
    "origins",
    ["https://news.example.org/", "http://127.0.0.1:8080", "http://[::1]:80", "https://zürich.example"],
    ["https://news.example.org", "http://127.0.0.1:8080", "http://[::1]", "https://xn--zrich-kva.example"],
  ],
  ["redirects", ["https://news.example.org/thanks"], ["https://news.example.org/thanks"]],
  ["redirects", ["https://NEWS.example.org"], ["https://news.example.org/"]],
])("%s of %j are kept as browsers write them", async (field, given, kept) => {
  const { slug } = await createNewsletter(world.ctx, { ...least, [field]: given });
  expect(await findNewsletter(world.ctx, slug)).toMatchObject({ [field]: kept });
  expect(await editNewsletter(world.ctx, { slug, changes: { [field]: [] } })).toMatchObject({ [field]: [] });
});

test.each([
  ["origins", "https://news.example.org/section"],
  ["origins", "https://user@news.example.org"],
  ["origins", "news.example.org"],
  ["origins", "javascript:alert(1)"],
  ["origins", "https://*.example.org"],
  ["origins", "https://a.example;script-src"],
  ["redirects", "https://*.example.org/thanks"],
  ["redirects", "https://news.example.org/?to=elsewhere"],
  ["redirects", "//news.example.org/"],
  ["redirects", "data:text/html,x"],
])("%s takes no %s", async (field, given) => {
  const refused = createNewsletter(world.ctx, { ...least, [field]: [given] });
  await expect(refused).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining(field) });
});

test("a site with a * is refused with what to do instead: pages and frames would read it each in their own way", async () => {
  const refused = createNewsletter(world.ctx, { ...least, origins: ["https://*.example.org"] });
  await expect(refused).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/origins.*no \* stands for several\. List each of them, or none to allow any/),
  });
});

test.each([
  ["slug", "The Tides"],
  ["slug", "-tides"],
  ["slug", "../tides"],
  ["slug", "all"],
  ["slug", "x".repeat(81)],
  ["name", "The\r\nTides"],
  ["name", " "],
  ["name", "x".repeat(121)],
  ["pitch", "two\nlines"],
  ["senderName", "Ada <ada@courier.example>"],
  ["senderName", "Cou\u0000rier"],
  ["about", "Tides\u0000 and more"],
  ["thanks", "Thank you\u001b[2J"],
  ["thanks", "Thank you\u007f"],
  ["welcome", "Hello.\u2028Good day."],
  ["welcome", "Hello.\u2029Good day."],
  ["image", "https://a.example/\u0000.png"],
  ["senderAddress", "t@courier"],
  ["senderAddress", "t@courier.example, x@evil.tld"],
  ["replyTo", "nobody"],
  ["language", "english please"],
  ["language", "de-aa-bb"],
  ["image", "javascript:alert(1)"],
  ["image", "//evil.tld/x.png"],
  ["image", "data:image/png;base64,AA"],
  ["status", "sleeping"],
  ["position", 0.5],
])("%s cannot be %j, and the refusal names the field", async (field, value) => {
  await expect(createNewsletter(world.ctx, { ...least, [field]: value })).rejects.toMatchObject({
    code: "invalid",
    details: { field },
  });
  await createNewsletter(world.ctx, least);
  if (field === "slug") return;
  await expect(editNewsletter(world.ctx, { slug: "tides", changes: { [field]: value } })).rejects.toMatchObject({
    code: "invalid",
    details: { field },
  });
});

test("addresses of senders are kept as they go on the wire", async () => {
  const made = await createNewsletter(world.ctx, {
    ...least,
    senderAddress: "News@Zürich.example",
    replyTo: "desk@ZÜRICH.example",
  });
  expect(made).toMatchObject({
    senderAddress: "News@xn--zrich-kva.example",
    replyTo: "desk@xn--zrich-kva.example",
    listId: "tides.xn--zrich-kva.example",
  });
  const edited = await editNewsletter(world.ctx, { slug: "tides", changes: { senderAddress: "a@Bücher.example" } });
  expect(edited.senderAddress).toBe("a@xn--bcher-kva.example");
});

test("a List-Id is made of slug and sender's domain, and what would be over 255 characters is refused (FMT-11)", async () => {
  const domain = `${`${"d".repeat(60)}.`.repeat(3)}example`;
  const fitting = "s".repeat(255 - 1 - domain.length);
  expect(domain.length + fitting.length).toBe(254);
  const senderAddress = `t@${domain}`;
  expect((await createNewsletter(world.ctx, { ...least, slug: fitting, senderAddress })).listId).toHaveLength(255);
  await expect(createNewsletter(world.ctx, { ...least, slug: `${fitting}s`, senderAddress })).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("255"),
    details: { field: "slug" },
  });
});

test("texts of several lines keep their line breaks and tabs", async () => {
  const about = "High.\r\n\r\nLow:\tnoon.\nEnd.";
  expect((await createNewsletter(world.ctx, { ...least, about })).about).toBe(about);
});

test("a slug is taken once, and the refusal says how to change what is there", async () => {
  await createNewsletter(world.ctx, least);
  await expect(createNewsletter(world.ctx, { ...least, name: "Other" })).rejects.toMatchObject({
    code: "conflict",
    details: { field: "slug", hint: "Change it with: tidings newsletter edit tides" },
  });
  expect(await listNewsletters(world.ctx)).toHaveLength(1);
});

test("everything but the slug can be changed; the List-Id stays when sender and name change (FMT-11)", async () => {
  await createNewsletter(world.ctx, least);
  const changes = { name: "High Tide", senderAddress: "x@other.example", status: "paused", welcome: "Hello." } as const;
  const changed = await editNewsletter(world.ctx, { slug: "tides", changes });
  expect(changed).toMatchObject({ ...changes, listId: "tides.courier.example" });
  const planted = { slug: "other" } as object;
  await expect(editNewsletter(world.ctx, { slug: "tides", changes: planted })).rejects.toMatchObject({
    code: "invalid",
  });
  expect(await findNewsletter(world.ctx, "other")).toBeNull();
});

test("an empty welcome text means no welcome mail", async () => {
  await createNewsletter(world.ctx, { ...least, welcome: "Hello." });
  expect((await editNewsletter(world.ctx, { slug: "tides", changes: { welcome: "" } })).welcome).toBeNull();
});

test("an edit of nothing changes nothing, and of an unknown newsletter names the nearest", async () => {
  const made = await createNewsletter(world.ctx, least);
  expect(await editNewsletter(world.ctx, { slug: "tides", changes: {} })).toEqual(made);
  await expect(editNewsletter(world.ctx, { slug: "tide", changes: {} })).rejects.toMatchObject({
    code: "not-found",
    details: { hint: "Did you mean tides?" },
  });
});

test("the hub's order is that of the groups, then of the positions, then of the names", async () => {
  const rows: [string, string, number][] = [
    ["b", "News", 2],
    ["a", "News", 2],
    ["c", "Leisure", 3],
    ["d", "News", 9],
    ["e", "Leisure", 4],
    ["f", "", 1],
  ];
  for (const [slug, group, position] of rows)
    await createNewsletter(world.ctx, { ...least, slug, name: slug, group, position });
  expect((await listNewsletters(world.ctx)).map((one) => one.slug)).toEqual(["f", "a", "b", "d", "c", "e"]);
});

test("a newsletter in any language has a page", async () => {
  for (const language of ["de", "pt-BR", "zh-Hant-TW", "ar"]) {
    const slug = language.toLowerCase();
    await createNewsletter(world.ctx, { ...least, slug, language });
    expect((await world.get(`/n/${slug}`)).status, language).toBe(200);
  }
});
