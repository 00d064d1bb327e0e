import { expect, test } from "vitest";
import { correctIssue } from "../../src/issue/correct.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { hour, minute } from "../world.ts";
import { readXml } from "./xml.ts";

const site = "https://letters.harbourcourier.example";

async function readSitemap(office: Office): Promise<[string, string | undefined][]> {
  // A sitemap may be a minute old.
  office.advance(minute);
  const root = readXml(await (await office.get("/sitemap.xml")).text());
  expect([root.name, root.attributes.get("xmlns")]).toEqual(["urlset", "http://www.sitemaps.org/schemas/sitemap/0.9"]);
  return root.children.map(({ name, children }) => {
    expect([name, ...children.map((child) => child.name)].join(" ")).toMatch(/^url loc(?: lastmod)?$/);
    return [children[0]?.text.slice(site.length) ?? "", children[1]?.text];
  });
}

test("the sitemap holds all that is for search engines, and when issues last changed", async () => {
  const office = await openOffice({ readers: 1 });
  await office.newsletter("rare");
  await office.start("one");
  office.advance(hour);
  await office.start("two");
  office.advance(hour);
  const source = `---\nnewsletter: ${newsletter}\nsubject: Once more\nslug: one\n---\n\nGood evening.\n`;
  await correctIssue(office.ctx, { source });
  expect(await readSitemap(office)).toEqual([
    ["/", undefined],
    ["/n/rare", undefined],
    ["/n/tide", undefined],
    ["/n/tide/archive", undefined],
    ["/n/tide/two", "2026-11-22T09:00:00Z"],
    ["/n/tide/one", "2026-11-22T10:00:00Z"],
  ]);
  for (const [path] of await readSitemap(office)) {
    const html = await (await office.get(path)).text();
    expect(html, path).toContain(`<link rel="canonical" href="${site}${path}">`);
  }
});

test.each([
  [{ archive: "link" }, ["/", "/n/tide"]],
  [{ archive: "none" }, ["/", "/n/tide"]],
  [{ status: "hidden" }, ["/"]],
  [{ status: "paused" }, ["/", "/n/tide", "/n/tide/archive", "/n/tide/one"]],
] as const)("of a newsletter with %j it holds %j", async (change, paths) => {
  const office = await openOffice({ readers: 1 });
  await office.start("one");
  await editNewsletter(office.ctx, { slug: newsletter, changes: { ...change } });
  expect((await readSitemap(office)).map(([path]) => path)).toEqual(paths);
});

test("crawlers are led to the sitemap and kept out of the API, under the public address", async () => {
  const office = await openOffice();
  const answer = await office.get("/robots.txt");
  expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await answer.text()).toBe(`User-agent: *\nDisallow: /api/\n\nSitemap: ${site}/sitemap.xml\n`);
});
