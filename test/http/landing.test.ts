import { describe, expect, test } from "vitest";
import { allowedRedirect } from "../../src/http/landing.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { setText } from "../../src/newsletter/texts.ts";
import { openSite, post, postJson, subscribeFully } from "./site.ts";

const redirects = ["https://news.example/thanks"];

describe("after a sign-up", () => {
  test("the page of thanks names what was chosen, and nobody", async () => {
    const site = await openSite();
    const answer = await post(site, "/subscribe", [
      ["email", "ana@harbour.example"],
      ["newsletter", "morning-tide"],
      ["newsletter", "council-watch"],
    ]);
    expect(answer.headers.get("location")).toBe("/thanks?n=morning-tide&n=council-watch");
  });

  test("a form may lead on to an address that the newsletter allows (DOI-30)", async () => {
    const site = await openSite();
    await editNewsletter(site.ctx, { slug: "morning-tide", changes: { redirects } });
    const fields = { email: "ana@harbour.example", newsletter: "morning-tide" };
    const to = async (redirect: string, newsletter = "morning-tide") =>
      (await post(site, "/subscribe", { ...fields, newsletter, redirect })).headers.get("location");
    expect(await to("https://news.example/thanks?from=letter")).toBe("https://news.example/thanks?from=letter");
    expect(await to("https://news.example/other")).toBe("/thanks?n=morning-tide");
    expect(await to("https://news.example/thanks", "council-watch")).toBe("/thanks?n=council-watch");
  });

  test("it goes on in the language of the form, named only where the next page would speak another", async () => {
    const site = await openSite();
    const to = async (fields: Record<string, string>) => {
      const answer = await post(site, "/subscribe", { email: "ana@harbour.example", ...fields });
      return answer.headers.get("location") ?? "";
    };
    const [morning, german] = [{ newsletter: "morning-tide" }, { newsletter: "hafenbrief" }];
    expect(await to({ ...morning, lang: "uk" })).toBe("/thanks?n=morning-tide&lang=uk");
    expect(await to({ ...morning, lang: "uk", frame: "morning-tide" })).toBe("/embed/morning-tide/thanks?lang=uk");
    expect(await to({ ...german, lang: "de" })).toBe("/thanks?n=hafenbrief");
    expect(await to({ ...german, lang: "en", frame: "hafenbrief" })).toBe("/embed/hafenbrief/thanks?lang=en");
    expect(await to({ ...german, lang: "xx" })).toBe("/thanks?n=hafenbrief");
    const thanks = await (await site.app.request(await to({ ...morning, lang: "uk" }))).text();
    expect(thanks).toContain('<html lang="uk"');
    expect(thanks).toContain('href="/?n=morning-tide&amp;lang=uk"');
    const framed = await site.app.request(await to({ ...morning, lang: "uk", frame: "morning-tide" }));
    expect(await framed.text()).toContain('<html class="framed" lang="uk"');
  });

  test("thanks and welcome are in a newsletter's own words, where they are about it alone", async () => {
    const site = await openSite();
    const own = { "signup.thanks": "Look into your mail", "signup.confirmed-heading": "Hello on board" };
    for (const [key, text] of Object.entries(own)) await setText(site.ctx, "morning-tide", { key, text });
    const read = async (path: string) => (await site.app.request(path)).text();
    expect(await read("/thanks?n=morning-tide")).toContain("<h1>Look into your mail</h1>");
    expect(await read("/confirmed?n=morning-tide")).toContain("<h1>Hello on board</h1>");
    expect(await read("/thanks?n=morning-tide&n=council-watch")).toContain("<h1>Please check your mail</h1>");
    expect(await read("/confirmed?n=council-watch&n=morning-tide")).toContain("<h1>Welcome aboard</h1>");
    const { confirm } = await subscribeFully(site, "ana@harbour.example", "morning-tide");
    expect(await read(`/confirm/${confirm}`)).toContain("<h1>Hello on board</h1>");
  });

  test("programs are led nowhere", async () => {
    const site = await openSite();
    await editNewsletter(site.ctx, { slug: "morning-tide", changes: { redirects } });
    const fields = { email: "ana@harbour.example", newsletter: "morning-tide", redirect: redirects[0] };
    const answer = await postJson(site, "/subscribe", fields);
    expect([answer.status, answer.headers.get("location")]).toEqual([202, null]);
  });

  test("the page of thanks offers issues to read of what was chosen, and other newsletters", async () => {
    const site = await openSite();
    const html = await (await site.app.request("/thanks?n=morning-tide&n=nothing")).text();
    expect(html).toContain('href="/n/council-watch"');
    expect(html).not.toContain('href="/n/morning-tide"');
    expect(html).toContain('<a href="/?n=morning-tide">sign up again</a>');
    expect(html).not.toContain("nothing&");
  });
});

describe("a wish to be led on (SEC-05)", () => {
  const newsletters = [{ redirects: ["https://news.example/a/", "https://shop.example/"] }, { redirects: [] }];

  test.each([
    "https://news.example/a",
    "https://news.example/a/",
    "https://news.example/a/b?c=d#e",
    "HTTPS://NEWS.example:443/a/../a/b",
    "https://shop.example/anything",
  ])("%s is granted", (wished) => {
    expect(allowedRedirect(wished, newsletters)).toBe(new URL(wished).href);
  });

  test.each([
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https:\\\\news.example/a",
    "https://news.example@evil.example/a",
    "https://user:pass@news.example/a",
    "\t//evil.example",
    "https://news.example\n.evil.example/a",
    "javascript:alert(1)",
    "data:text/html,hello",
    "https://news.example.evil.example/a",
    "https://evil.example/https://news.example/a",
    "https://news.example/ab",
    "https://news.example/a/../b",
    "https://news.example/a/%2e%2e/b",
    "https://news.example/",
    "http://news.example/a",
    "https://news.example:8443/a",
    "/a",
    "a",
    "",
    " ",
    `https://news.example/a/${"x".repeat(1_000)}`,
  ])("%j is not", (wished) => {
    expect(allowedRedirect(wished, newsletters)).toBeNull();
  });
});
