import { parse } from "parse5";
import { expect, test } from "vitest";
import { correctIssue } from "../../src/issue/correct.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { day, minute } from "../world.ts";
import { attributes, elements, wordsOf } from "./html.ts";

async function publish(office: Office, slug: string, extra: Parameters<Office["start"]>[1] = {}): Promise<void> {
  await office.start(slug, extra);
  await office.drain();
  office.advance(minute);
}

interface Shown {
  readonly status: number;
  readonly html: string;
  /** Slugs of the issues in the list, in order. */
  readonly listed: string[];
  readonly links: Record<string, string>[];
}

async function show(office: Office, path: string): Promise<Shown> {
  const answer = await office.get(path);
  const html = await answer.text();
  const links = elements(parse(html)).filter(({ tagName }) => tagName === "a" || tagName === "link");
  const listed = [...html.matchAll(/<li><a href="\/n\/tide\/([^"/]+)"/g)].map(([, slug = ""]) => slug);
  return { status: answer.status, html, listed, links: links.map(attributes) };
}

const by = (shown: Shown, rel: string) => shown.links.find((link) => link.rel === rel && "class" in link)?.href;

test("the archive lists every issue by month, newest first, and marks what was corrected", async () => {
  const office = await openOffice({ readers: 1 });
  await publish(office, "one");
  office.advance(20 * day);
  await publish(office, "two", { subject: "The tide & the town" });
  await correctIssue(office.ctx, { source: file("one", "The headline was wrong") });
  const shown = await show(office, "/n/tide/archive");
  expect(shown.listed).toEqual(["two", "one"]);
  const headings = [...shown.html.matchAll(/<h2 class="group">([^<]+)</g)].map(([, month]) => month);
  expect(headings).toEqual(["December 2026", "November 2026"]);
  expect(shown.html).toContain(">The tide &amp; the town</a>");
  expect(shown.html).toContain('<time datetime="2026-12-12">12 December 2026</time>');
  expect(shown.html).toMatch(/The headline was wrong<\/a> <span class="issues-when"><span class="tag">Corrected</);
  expect(shown.html.match(/class="tag"/g)).toHaveLength(1);
});

test("an archive without issues says so", async () => {
  const office = await openOffice();
  expect((await show(office, "/n/tide/archive")).html).toContain("No issue has been published yet.");
});

test("its pages hold forty issues each, and lead to each other without a gap or a repeat", async () => {
  const office = await openOffice({ readers: 1 });
  const slugs = Array.from({ length: 95 }, (_, n) => `issue-${95 - n}`);
  for (const slug of slugs.toReversed()) await office.start(slug);
  const down: Shown[] = [];
  for (let path: string | undefined = "/n/tide/archive"; path !== undefined; path = by(down.at(-1) as Shown, "next")) {
    down.push(await show(office, path));
  }
  expect(down.map(({ listed }) => listed.length)).toEqual([40, 40, 15]);
  expect(down.flatMap(({ listed }) => listed)).toEqual(slugs);
  const up: Shown[] = [];
  for (let path = by(down.at(-1) as Shown, "prev"); path !== undefined; path = by(up.at(-1) as Shown, "prev")) {
    up.push(await show(office, path));
  }
  expect(up.map(({ listed }) => listed)).toEqual([down[1]?.listed, down[0]?.listed]);
  const own = down.map(({ links }) => links.find(({ rel }) => rel === "canonical")?.href);
  const first = "https://letters.harbourcourier.example/n/tide/archive";
  expect(own).toEqual([first, `${first}?before=issue-56`, `${first}?before=issue-16`]);
});

test.each(["nothing", "draft", "", "'; drop table issues --"])("a page before %j is not there", async (before) => {
  const office = await openOffice({ readers: 1 });
  await publish(office, "one");
  expect((await show(office, `/n/tide/archive?before=${encodeURIComponent(before)}`)).status).toBe(404);
});

test("an issue leads to the one before and after it, as they stand in the archive", async () => {
  const office = await openOffice({ readers: 1 });
  for (const slug of ["one", "two", "three"]) await publish(office, slug, { subject: `Issue ${slug}` });
  const beside = async (slug: string) => {
    const { html } = await show(office, `/n/tide/${slug}`);
    const nav = elements(parse(html)).find((element) => attributes(element).class === "beside");
    const found = nav === undefined ? [] : elements(nav).filter(({ tagName }) => tagName === "a");
    return found.map((link) => [attributes(link).rel, attributes(link).href, wordsOf(link).replace(/\s+/g, " ")]);
  };
  expect(await beside("one")).toEqual([["next", "/n/tide/two", "Next issue Issue two"]]);
  expect(await beside("two")).toEqual([
    ["prev", "/n/tide/one", "Previous issue Issue one"],
    ["next", "/n/tide/three", "Next issue Issue three"],
  ]);
  expect(await beside("three")).toEqual([["prev", "/n/tide/two", "Previous issue Issue two"]]);
});

test("with the archive for those who have a link, issues can be read, and nothing names them", async () => {
  const office = await openOffice({ readers: 1 });
  for (const slug of ["one", "two", "three"]) await publish(office, slug);
  await editNewsletter(office.ctx, { slug: newsletter, changes: { archive: "link" } });
  const issue = await show(office, "/n/tide/two");
  expect(issue.status).toBe(200);
  expect(issue.html).toContain('<meta name="robots" content="noindex">');
  expect(issue.html).not.toMatch(/rel="canonical"|feed\.xml|\/n\/tide\/(?:one|three|archive)/);
  expect((await show(office, "/n/tide/archive")).status).toBe(404);
  for (const path of ["/n/tide", "/", "/sitemap.xml", "/confirmed?n=tide"]) {
    expect((await show(office, path)).html, path).not.toMatch(/\/n\/tide\/(?:one|two|three|archive)/);
  }
});

test("without an archive no issue can be read, and its mails have no link to one", async () => {
  const office = await openOffice({ readers: 1 });
  await publish(office, "one");
  const [open] = await office.mails();
  expect(open?.html.match(/\/n\/tide\/one/g)).toHaveLength(2);
  expect(open?.text.match(/\/n\/tide\/one/g)).toHaveLength(2);
  await editNewsletter(office.ctx, { slug: newsletter, changes: { archive: "none" } });
  await publish(office, "two");
  const closed = (await office.mails()).at(-1);
  expect(closed?.html).toContain("/u/");
  expect(`${closed?.html}${closed?.text}`).not.toMatch(/\/n\/tide\/|View in browser|href=""/);
  for (const path of ["one", "two", "archive"]) expect((await show(office, `/n/tide/${path}`)).status).toBe(404);
  const link = { markdown: "Read it [in your browser]({{ web_url }})." };
  await expect(publish(office, "three", link)).rejects.toThrow("The issue has an error.");
});

test("issues of a hidden newsletter cannot be read, those of a closed one can", async () => {
  const office = await openOffice({ readers: 1 });
  await publish(office, "one");
  await editNewsletter(office.ctx, { slug: newsletter, changes: { status: "hidden" } });
  for (const path of ["one", "archive"]) expect((await show(office, `/n/tide/${path}`)).status).toBe(404);
  await editNewsletter(office.ctx, { slug: newsletter, changes: { status: "closed" } });
  const issue = await show(office, "/n/tide/one");
  expect(issue.html).toContain("This newsletter has ended and takes no new readers.");
  expect(issue.html).not.toContain("<form");
  expect((await show(office, "/n/tide/archive")).listed).toEqual(["one"]);
});

test("an archive speaks the language of its newsletter, and names what is in another", async () => {
  const office = await openOffice({ readers: 1 });
  await publish(office, "one");
  await editNewsletter(office.ctx, { slug: newsletter, changes: { language: "it" } });
  for (const path of ["/n/tide/archive", "/n/tide/one"]) {
    const { html } = await show(office, path);
    expect(html, path).toMatch(/<html lang="en" dir="ltr">/);
    expect(html, path).toMatch(/lang="it" dir="ltr"/);
  }
});

test("the slug of the list of issues is no issue's", async () => {
  const office = await openOffice({ readers: 1 });
  await expect(office.start("archive")).rejects.toMatchObject({
    details: { faults: [expect.objectContaining({ rule: "issue-slug", hint: "Write: slug: news-of-archive" })] },
  });
});

function file(slug: string, subject: string): string {
  return `---\nnewsletter: ${newsletter}\nsubject: ${subject}\nslug: ${slug}\n---\n\nGood morning, all.\n`;
}
