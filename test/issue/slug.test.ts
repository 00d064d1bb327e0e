import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSlug, proposeSlug } from "../../src/issue/slug.ts";

describe("proposeSlug", () => {
  it.each([
    ["The wall vote", "the-wall-vote"],
    ["Straße, Smørrebrød & Œuvre", "strasse-smorrebrod-oeuvre"],
    ["The harbour’s “new” crane", "the-harbours-new-crane"],
    ['{{ subscriber.name | default: "reader" }}, good morning', "good-morning"],
    ["霧", ""],
    ["  --  ", ""],
    ["x".repeat(90), "x".repeat(60)],
  ])("makes %j into %j", (text, slug) => {
    expect(proposeSlug(text)).toBe(slug);
  });

  it("cuts between words", () => {
    expect(proposeSlug("seventeen harbour pilots and their very long afternoon in the fog")).toBe(
      "seventeen-harbour-pilots-and-their-very-long-afternoon-in",
    );
  });

  it("proposes only what is a slug", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const slug = proposeSlug(text);
        expect(slug === "" || isSlug(slug)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("isSlug", () => {
  it.each(["a", "2026-11-22", "wall-vote", "x".repeat(80)])("accepts %.20s", (text) => expect(isSlug(text)).toBe(true));
  it.each(["", "-a", "a-", "A", "a b", "a_b", "ä", "a/b", "..", "a\n", "x".repeat(81)])("refuses %j", (text) =>
    expect(isSlug(text)).toBe(false),
  );
});
