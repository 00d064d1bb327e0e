import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { correctIssue } from "../../src/issue/correct.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { minute } from "../world.ts";
import { atomFaults, jsonFeedFaults } from "./feed-rules.ts";
import { readXml, type XmlElement } from "./xml.ts";

const home = "https://letters.harbourcourier.example/n/tide";
const atom = `/n/${newsletter}/feed.xml`;
const json = `/n/${newsletter}/feed.json`;

async function openTide(): Promise<Office> {
  const office = await openOffice({ readers: 2 });
  await editNewsletter(office.ctx, {
    slug: newsletter,
    changes: { name: 'Tide & "Trade" <weekly>', pitch: "What the harbour's up to" },
  });
  return office;
}

async function publish(office: Office, slug: string, extra: Parameters<Office["start"]>[1] = {}): Promise<void> {
  await office.start(slug, extra);
  await office.drain();
  office.advance(minute);
}

const text = async (office: Office, path: string) => (await office.get(path)).text();

function all(root: XmlElement, name: string): string[] {
  return root.children.filter((child) => child.name === name).map((child) => child.text);
}

const entries = (xml: string) => readXml(xml).children.filter((child) => child.name === "entry");

const nasty = {
  subject: '<script>alert("1")</script> & ]]> "so"',
  markdown: "# One ]]> two\n\nA \ufffe character, an &amp; and <b>no tag</b>.\n\n![A boat](/assets/boat.jpg)\n",
};

describe("feeds of a newsletter", () => {
  test("are valid, whatever stands in its issues", async () => {
    const office = await openTide();
    expect(atomFaults(await text(office, atom))).toEqual([]);
    expect(jsonFeedFaults(await text(office, json))).toEqual([]);
    await publish(office, "one");
    await publish(office, "two", nasty);
    expect(atomFaults(await text(office, atom))).toEqual([]);
    expect(jsonFeedFaults(await text(office, json))).toEqual([]);
    const [newest] = entries(await text(office, atom));
    const [item] = JSON.parse(await text(office, json)).items;
    expect(newest === undefined ? [] : all(newest, "title")).toEqual([nasty.subject]);
    expect(item.title).toBe(nasty.subject);
    const content = "<h1>One ]]&gt; two</h1>\n<p>A \ufffe character, an &amp; and &lt;b&gt;no tag&lt;/b&gt;.</p>";
    expect(item.content_html).toContain(content);
    expect(newest === undefined ? [] : all(newest, "content")[0]).toContain(content.replace("\ufffe", ""));
    expect(item.image).toBe("https://letters.harbourcourier.example/assets/boat.jpg");
  });

  test("name the newsletter, its pages and themselves, under the public address", async () => {
    const office = await openTide();
    await publish(office, "one");
    const pictures = { image: "/assets/wide.jpg", imageSquare: "https://pictures.example/square.jpg" };
    await editNewsletter(office.ctx, { slug: newsletter, changes: pictures });
    const feed = readXml(await text(office, atom));
    expect(all(feed, "title")).toEqual(['Tide & "Trade" <weekly>']);
    expect(all(feed, "logo")).toEqual(["https://letters.harbourcourier.example/assets/wide.jpg"]);
    expect(all(feed, "icon")).toEqual(["https://pictures.example/square.jpg"]);
    expect(atomFaults(await text(office, atom))).toEqual([]);
    expect(feed.attributes.get("xml:lang")).toBe("en");
    const links = feed.children.filter(({ name }) => name === "link").map(({ attributes }) => attributes.get("href"));
    expect(links).toEqual([`${home}/feed.xml`, home]);
    expect(JSON.parse(await text(office, json))).toMatchObject({
      title: 'Tide & "Trade" <weekly>',
      home_page_url: home,
      feed_url: `${home}/feed.json`,
      icon: "https://pictures.example/square.jpg",
      items: [{ url: `${home}/one`, title: "News of one", date_published: "2026-11-22T08:00:00Z" }],
    });
  });

  test("carry the newest twenty, newest first", async () => {
    const office = await openTide();
    for (let n = 1; n <= 22; n += 1) await publish(office, `issue-${n}`);
    const urls = JSON.parse(await text(office, json)).items.map((item: { url: string }) => item.url);
    expect(urls).toHaveLength(20);
    expect([urls[0], urls[19]]).toEqual([`${home}/issue-22`, `${home}/issue-3`]);
    expect(entries(await text(office, atom)).flatMap((entry) => all(entry, "id"))).toHaveLength(20);
  });

  test("keep their ids when an issue is corrected, the newsletter renamed and the installation moved", async () => {
    const office = await openTide();
    await publish(office, "one");
    const idsOf = async (of: Office["app"]) => {
      const feed = readXml(await (await of.request(atom)).text());
      return [...all(feed, "id"), ...feed.children.filter(({ name }) => name === "entry").flatMap((e) => all(e, "id"))];
    };
    const before = await idsOf(office.app);
    expect(before).toHaveLength(2);
    for (const id of before) {
      expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    await correctIssue(office.ctx, { source: file("one", "Another headline") });
    await editNewsletter(office.ctx, { slug: newsletter, changes: { name: "Low Tide" } });
    expect(await idsOf(office.app)).toEqual(before);
    const moved = { ...office.ctx, config: { ...office.config, publicUrl: "https://new.example/post" } };
    expect(await idsOf(createApp(moved))).toEqual(before);
    const items = JSON.parse(await text(office, json)).items.map((item: { id: string }) => item.id);
    expect(items).toEqual(before.slice(1));
  });

  test("tell that an issue was corrected, when, and what", async () => {
    const office = await openTide();
    await publish(office, "one");
    office.advance(minute);
    const note = "An earlier version named the <wrong> pier.";
    await correctIssue(office.ctx, { source: file("one", "News of one"), note });
    const [item] = JSON.parse(await text(office, json)).items;
    expect(item).toMatchObject({ date_published: "2026-11-22T08:00:00Z", date_modified: "2026-11-22T08:02:00Z" });
    expect(item.content_html).toMatch(
      /^<p><em>Corrected on 22 November 2026 at 08:02 UTC\. An earlier version named the &lt;wrong&gt; pier\.<\/em><\/p>/,
    );
    const feed = readXml(await text(office, atom));
    expect(all(feed, "updated")).toEqual(["2026-11-22T08:02:00Z"]);
    expect(feed.children.flatMap((child) => (child.name === "entry" ? all(child, "updated") : []))).toEqual([
      "2026-11-22T08:02:00Z",
    ]);
    expect(atomFaults(await text(office, atom))).toEqual([]);
  });

  test("leave out drafts, what was cancelled, and everything of newsletters whose issues are in no list", async () => {
    const office = await openTide();
    await publish(office, "one");
    await publish(office, "two");
    await cancelAt(office, "three");
    const urls = () =>
      text(office, json).then((body) => JSON.parse(body).items.map((item: { url: string }) => item.url));
    expect(await urls()).toEqual([`${home}/two`, `${home}/one`]);
    for (const hidden of [{ archive: "link" }, { archive: "none" }, { archive: "public", status: "hidden" }] as const) {
      await editNewsletter(office.ctx, { slug: newsletter, changes: { ...hidden } });
      for (const path of [atom, json]) expect((await office.get(path)).status, JSON.stringify(hidden)).toBe(404);
    }
    await editNewsletter(office.ctx, { slug: newsletter, changes: { status: "closed" } });
    expect(await urls()).toEqual([`${home}/two`, `${home}/one`]);
  });

  test("answer 304 while nothing has changed, also to what a proxy has made of the tag, and 200 once something has", async () => {
    const office = await openTide();
    await publish(office, "one");
    for (const path of [atom, json]) {
      const first = await office.get(path);
      const tag = first.headers.get("etag") ?? "";
      expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
      for (const asked of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        const again = await office.get(path, { "if-none-match": asked });
        expect([again.status, await again.text(), again.headers.get("etag")], asked).toEqual([304, "", tag]);
      }
      expect((await office.get(path, { "if-none-match": '"other"' })).status).toBe(200);
      const head = await office.app.request(path, { method: "HEAD" });
      expect([head.status, head.headers.get("etag")]).toEqual([200, tag]);
    }
    const tag = (await office.get(atom)).headers.get("etag") ?? "";
    await publish(office, "two");
    expect((await office.get(atom, { "if-none-match": tag })).status).toBe(200);
  });

  test("are what their type says, run nothing when opened, and may be read by pages of any site", async () => {
    const office = await openTide();
    const types = { [atom]: "application/atom+xml; charset=utf-8", [json]: "application/feed+json; charset=utf-8" };
    for (const [path, type] of Object.entries(types)) {
      const { headers } = await office.get(path);
      expect(headers.get("content-type")).toBe(type);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("set-cookie")).toBeNull();
    }
  });

  test.each([`/n/${newsletter}`, `/n/${newsletter}/archive`, `/n/${newsletter}/one`])(
    "are named by %s",
    async (path) => {
      const office = await openTide();
      await publish(office, "one");
      const html = await text(office, path);
      expect(html).toContain(`<link rel="alternate" type="application/atom+xml" href="${home}/feed.xml"`);
      expect(html).toContain(`<link rel="alternate" type="application/feed+json" href="${home}/feed.json"`);
      await editNewsletter(office.ctx, { slug: newsletter, changes: { archive: "link" } });
      expect(await text(office, path)).not.toContain("feed.xml");
    },
  );
});

async function cancelAt(office: Office, slug: string): Promise<void> {
  await office.start(slug);
  await cancelIssue(office.ctx, { newsletter, slug });
}

function file(slug: string, subject: string): string {
  return `---\nnewsletter: ${newsletter}\nsubject: ${subject}\nslug: ${slug}\n---\n\nGood morning, all.\n`;
}

describe("the checks of feeds find", () => {
  const sound = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>urn:uuid:1</id><title>A</title><updated>2026-11-22T08:00:00Z</updated>
<author><name>B</name></author><link rel="self" href="https://a.example/f"/><entry><id>urn:uuid:2</id><title>C</title>
<updated>2026-11-22T08:00:00Z</updated><link href="https://a.example/c"/><content type="html">&lt;p&gt;</content></entry></feed>`;

  test("nothing in a sound one", () => expect(atomFaults(sound)).toEqual([]));

  test.each([
    ["a missing id", "<id>urn:uuid:2</id>", ""],
    ["two titles", "<title>C</title>", "<title>C</title><title>D</title>"],
    ["a day for a moment", "<updated>2026-11-22T08:00:00Z</updated><link", "<updated>2026-11-22</updated><link"],
    ["a moment that is none", "2026-11-22T08:00:00Z</updated>\n<author>", "2026-13-22T08:00:00Z</updated>\n<author>"],
    ["nobody's feed", "<author><name>B</name></author>", ""],
    ["an author without a name", "<name>B</name>", ""],
    ["a relative id", "urn:uuid:1", "one"],
    ["a link to nowhere", ' href="https://a.example/c"', ""],
    [
      "two links of a kind",
      '<link href="https://a.example/c"/>',
      '<link href="https://a.example/c"/><link href="b:c"/>',
    ],
    ["elements in HTML", "&lt;p&gt;", "<p/>"],
    ["another namespace", "2005/Atom", "2006/Atom"],
    ["an element of no Atom", "<title>C</title>", "<title>C</title><guid>1</guid>"],
  ])("%s", (_, from, to) => expect(atomFaults(sound.replace(from, to))).not.toEqual([]));

  test.each([
    ["an open element", "</entry>", ""],
    ["an unknown entity", "&lt;p", "&nbsp;p"],
    ["a bare ampersand", "&lt;p", "& p"],
    ["a control character", "&lt;p", "\u000b"],
    ["an attribute twice", 'type="html"', 'type="html" type="html"'],
    ["two roots", "</feed>", "</feed><feed/>"],
  ])("%s, which is no XML", (_, from, to) => expect(() => atomFaults(sound.replace(from, to))).toThrow());

  const told = {
    version: "https://jsonfeed.org/version/1.1",
    title: "A",
    items: [{ id: "1", content_html: "<p>", date_published: "2026-11-22T08:00:00Z" }],
  };

  test("nothing in a sound JSON feed", () => expect(jsonFeedFaults(JSON.stringify(told))).toEqual([]));

  test.each([
    { version: "https://jsonfeed.org/version/1" },
    { title: "" },
    { items: {} },
    { items: [{ id: 1, content_html: "a" }] },
    { items: [{ id: "1" }] },
    { items: [told.items[0], told.items[0]] },
    { items: [{ ...told.items[0], date_modified: "yesterday" }] },
    { items: [{ ...told.items[0], url: "/one" }] },
    { feed_url: "feed.json" },
    { author: { name: "B" } },
    { authors: [{}] },
    { language: "e n" },
  ])("a fault in a JSON feed with %j", (change) => {
    expect(jsonFeedFaults(JSON.stringify({ ...told, ...change }))).not.toEqual([]);
  });
});
