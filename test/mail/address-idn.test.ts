import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/mail/address.ts";

function domainOf(domain: string): string {
  const parsed = parseAddress(`a@${domain}`);
  return parsed.ok ? parsed.domain : parsed.fault;
}

describe("an international domain", () => {
  it.each([
    ["grüße.de", "xn--gre-6ka8l.de"],
    ["gru\u0308ße.de", "xn--gre-6ka8l.de"],
    ["GRÜßE.de.", "xn--gre-6ka8l.de"],
    ["faß.de", "xn--fa-hia.de"],
    ["почта.рф", "xn--80a1acny.xn--p1ai"],
    ["例え.jp", "xn--r8jz45g.jp"],
    ["col·legi.cat", "xn--collegi-xma.cat"],
    ["نامه\u200cای.com", "xn--mgba3gch31f060k.com"],
    ["İstanbul.com", "xn--istanbul-o0e.com"],
  ])("becomes its A-label: %s", (typed, ascii) => {
    expect(domainOf(typed)).toBe(ascii);
  });

  it.each([
    ["a full-width letter", "ｚeitung.de"],
    ["a full-width dot", "zeitung．de"],
    ["an ideographic dot", "zeitung。de"],
    ["the Kelvin sign", "\u212aino.de"],
    ["a long s", "zeitung\u017f.de"],
    ["a soft hyphen", "zei\u00adtung.de"],
    ["a zero-width space", "zei\u200btung.de"],
    ["a word joiner", "zei\u2060tung.de"],
    ["a joiner where none belongs", "zei\u200ctung.de"],
    ["a variation selector", "❤\ufe0f.ws"],
    ["a byte order mark", "zei\ufefftung.de"],
    ["a no-break space", "zei\u00a0tung.de"],
    ["a right-to-left override", "zei\u202etung.de"],
    ["a fraction", "½.de"],
    ["a ligature", "ﬁnanz.de"],
    ["a slash in one character", "℀.de"],
    ["half a surrogate pair", "\ud83d.de"],
    ["an empty label", "ä..de"],
    ["a numeric top label", "ä.0x7f"],
    ["an underscore", "ä_b.de"],
    ["a percent sign", "ä%61.de"],
    ["one label", "ä"],
    ["a label that grows past 63", `${"ü".repeat(62)}.de`],
  ])("with %s is refused", (_, typed) => {
    expect(domainOf(typed)).toBe("bad-domain");
  });

  it("has one key however its letters were composed", () => {
    const composed = parseAddress("a@gr\u00fc\u00dfe.de");
    const decomposed = parseAddress("a@gru\u0308\u00dfe.de");
    expect(decomposed).toEqual(composed);
  });
});
