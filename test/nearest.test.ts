import { describe, expect, it } from "vitest";
import { nearest } from "../src/nearest.ts";

const keys = ["newsletter", "subject", "preheader", "slug", "date"];

describe("nearest", () => {
  it.each([
    ["sbject", "subject"],
    ["subejct", "subject"],
    ["Subject", "subject"],
    ["newsleter", "newsletter"],
    ["news_letter", "newsletter"],
    ["pre-header", "preheader"],
    ["slg", "slug"],
    ["slugg", "slug"],
    ["daet", "date"],
    ["dates", "date"],
  ])("takes %s for %s", (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });

  it.each(["", "x", "author", "tags", "layout", "from", "draft", "s".repeat(10_000)])(
    "finds nothing near %.20s",
    (word) => {
      expect(nearest(word, keys)).toBeNull();
    },
  );

  it("counts two swapped neighbours as one mistake", () => {
    expect(nearest("ab-c", ["ba-c"])).toBe("ba-c");
    expect(nearest("abc", ["cba"])).toBeNull();
  });

  it("completes a beginning that fits one candidate only", () => {
    expect(nearest("pre", keys)).toBe("preheader");
    expect(nearest("sen", ["sender-name", "sender-address"])).toBeNull();
  });

  it("prefers the nearer of two and the first of two equally near", () => {
    expect(nearest("serve-x", ["server-z", "serve-y"])).toBe("serve-y");
    expect(nearest("lost", ["list", "last"])).toBe("list");
  });
});
