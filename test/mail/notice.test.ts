import { describe, expect, it } from "vitest";
import { bundleNotices, renderNotice } from "../../src/mail/notice.ts";
import { noticeData, templates } from "./sample.ts";

const bundle = bundleNotices(templates());

describe("the confirmation mail", () => {
  it("names every newsletter, the site, the operator, the contact and how long the link works (FMT-31)", () => {
    const data = noticeData();
    const { html, text } = renderNotice(bundle, "confirmation", data);
    for (const part of [html, text]) {
      for (const said of [
        "The Harbour Morning",
        "every weekday",
        "on Fridays",
        "Someone, most likely you, entered this address at The Harbour",
        "3 days",
        "If this was not you, do nothing",
        "Sunday Long Read",
        "Harbour Media Cooperative",
        "Pier Street 4",
        "newsroom@harbour.example",
        data.confirmUrl,
      ]) {
        expect(part).toContain(said);
      }
    }
    expect(html).toContain("Tide Tables &amp; Trade");
    expect(text).toContain("Tide Tables & Trade");
  });

  it("only asks: one button, no picture, no pitch, no other link than privacy and that this was not me, no way out of a list not joined (LAW-08)", () => {
    const { html, text } = renderNotice(bundle, "confirmation", noticeData());
    expect(html.match(/m-button-link"/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|welcome/i);
    const links = new Set([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href));
    expect([...links]).toEqual([noticeData().confirmUrl, noticeData().notMeUrl, "https://harbour.example/privacy"]);
    for (const part of [html, text]) {
      expect(part).not.toContain("Five stories");
      expect(part).not.toContain(noticeData().leaveUrl);
      expect(part).not.toContain(noticeData().preferencesUrl);
    }
  });

  it("keeps to one newsletter's name in its subject, and to their number when there are more", () => {
    const one = noticeData({ confirming: noticeData().confirming.slice(1) });
    expect(renderNotice(bundle, "confirmation", one).subject).toBe(
      "Please confirm your subscription to Tide Tables & Trade",
    );
    expect(renderNotice(bundle, "confirmation", noticeData()).subject).toBe("Please confirm your 2 subscriptions");
  });

  it("says hours where the link does not work for whole days", () => {
    expect(renderNotice(bundle, "confirmation", noticeData({ hours: 36 })).text).toContain("It works for 36 hours.");
    expect(renderNotice(bundle, "confirmation", noticeData({ hours: 24 })).text).toContain("It works for 24 hours.");
    expect(renderNotice(bundle, "confirmation", noticeData({ hours: 1 })).text).toContain("It works for one hour.");
  });

  it("says nothing of other subscriptions where there are none", () => {
    const { html, text } = renderNotice(bundle, "confirmation", noticeData({ already: [] }));
    expect(html + text).not.toContain("already subscribed");
  });
});

describe("the other notices", () => {
  it("say in few words that nothing has changed for who is subscribed already", () => {
    const { subject, text } = renderNotice(bundle, "already", noticeData());
    expect(subject).toBe("You are already subscribed to Sunday Long Read");
    expect(text.replace(/\s+/g, " ")).toContain("nothing has changed");
    expect(text).toContain(noticeData().preferencesUrl);
    expect(text.length).toBeLessThan(600);
  });

  it("welcome with the editor's own text, set like an issue, and say how to leave", () => {
    const { subject, html, text } = renderNotice(bundle, "welcome", noticeData());
    expect(subject).toBe("Welcome to The Harbour Morning");
    expect(html).toMatch(/<strong class="m-strong" style="font-weight: bold;">tomorrow at six<\/strong>/);
    expect(html).toMatch(/<td class="m-button-cell"[^>]*bgcolor="#951b1e"/);
    expect(html).toContain('href="https://news.harbour.example/n/morning"');
    expect(text).toContain("Open the archive: https://news.harbour.example/n/morning");
    for (const part of [html, text]) expect(part).toContain(noticeData().leaveUrl);
  });

  it("keep the lines of a welcome text as they were typed", () => {
    const { html, text } = renderNotice(
      bundle,
      "welcome",
      noticeData({ welcome: [{ name: "A", text: "See you at six,\nDana" }] }),
    );
    expect(html).toContain("See you at six,<br>Dana");
    expect(text).toContain("See you at six,\nDana");
  });

  it("never print an unsafe link of a welcome text, whoever let it pass", () => {
    const welcome = [{ name: "A", text: "[a b](javascript:alert(1)) <script>x</script> ![c](data:image/png,x)" }];
    const { html } = renderNotice(bundle, "welcome", noticeData({ welcome }));
    expect(html).toContain("a b");
    expect(html).not.toMatch(/javascript:|<script|data:image/);
  });

  it("print braces of a welcome text as text, since it has no fields", () => {
    const { text } = renderNotice(
      bundle,
      "welcome",
      noticeData({ welcome: [{ name: "A", text: "{{ site }} {% x %}" }] }),
    );
    expect(text).toContain("{{ site }} {% x %}");
  });

  it("escape what operators typed", () => {
    const { html, subject } = renderNotice(
      bundle,
      "already",
      noticeData({ already: [{ name: `A <b> & "c"\r\nBcc: x` }] }),
    );
    expect(html).toContain("A &lt;b&gt; &amp; &#34;c&#34;");
    expect(subject).toBe(`You are already subscribed to A <b> & "c" Bcc: x`);
  });
});

describe("rendering notices", () => {
  it("is a function of bundle and data alone", () => {
    const first = renderNotice(bundle, "welcome", noticeData());
    renderNotice(bundle, "confirmation", noticeData({ language: "de" }));
    expect(renderNotice(bundle, "welcome", noticeData())).toEqual(first);
  });

  it("keeps welcome texts of different sites and languages apart", () => {
    const welcome = [{ name: "A", text: '[a "b"](/n/a)' }];
    const [one, two] = ["https://one.example/", "https://two.example/"].map((hubUrl) =>
      renderNotice(bundle, "welcome", noticeData({ welcome, hubUrl })),
    );
    expect(one?.text).toContain("https://one.example/n/a");
    expect(two?.text).toContain("https://two.example/n/a");
    expect(renderNotice(bundle, "welcome", noticeData({ welcome, language: "de" })).text).toContain("a „b“");
  });

  it("refuses what is no bundle", () => {
    expect(() => renderNotice("{}", "already", noticeData())).toThrow("This is no bundle of notices");
    expect(() => renderNotice("x", "already", noticeData())).toThrow();
  });
});
