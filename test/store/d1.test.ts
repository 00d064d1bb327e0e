import { describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { explainD1 } from "../../src/store/d1.ts";

describe("a fault of D1", () => {
  test.each([
    ["D1_ERROR: no such table: instance: SQLITE_ERROR", "npx wrangler d1 migrations apply DB --remote"],
    ["D1_ERROR: Exceeded maximum DB size.", "docs/scale.md"],
    ["D1_ERROR: database or disk is full: SQLITE_FULL", "docs/scale.md"],
    ["D1_ERROR: D1 DB is overloaded. Too many requests queued.", "status page"],
    ["D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset: timed out", "status page"],
    ["D1_ERROR: D1 DB reset because its code was updated.", "status page"],
    ["Network connection lost.", "status page"],
    ["D1_ERROR: internal error", "status page"],
  ])("such as %j is unavailability, with what to do and its cause", (words, hint) => {
    const fault = new Error(words);
    const explained = explainD1(fault);
    expect(explained).toBeInstanceOf(AppError);
    expect(explained).toMatchObject({ code: "unavailable", cause: fault });
    expect((explained as AppError).details.hint).toContain(hint);
  });

  test.each([
    "D1_ERROR: UNIQUE constraint failed: wordings.hash: SQLITE_CONSTRAINT",
    "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT",
    "D1_ERROR: too many SQL variables at offset 501: SQLITE_ERROR",
    'D1_ERROR: near "form": syntax error at offset 9: SQLITE_ERROR',
  ])("such as %j is a bug, and stays as it is", (words) => {
    const fault = new Error(words);
    expect(explainD1(fault)).toBe(fault);
  });

  test("that is no error at all stays as it is, or is read as words", () => {
    expect(explainD1(undefined)).toBeUndefined();
    expect(explainD1("Network connection lost.")).toMatchObject({ code: "unavailable" });
  });
});
