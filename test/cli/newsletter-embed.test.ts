import { describe, expect, test } from "vitest";
import { openStage } from "./stage.ts";

async function furnished() {
  const stage = await openStage();
  for (const slug of ["morning", "weekend"]) {
    await stage.json(
      ...["newsletter", "create", "--slug", slug, "--name", `The ${slug} letter`, "--pitch", "What is new."],
      ...["--sender-name", "The Courier", "--sender-address", "news@courier.example"],
    );
  }
  return stage;
}

describe("tidings newsletter embed", () => {
  test("prints each kind under its own words", async () => {
    await using stage = await furnished();
    const { out } = await stage.tidings(["newsletter", "embed", "morning"]);
    expect(out.indexOf("Plain form:")).toBeLessThan(out.indexOf("Custom element:"));
    expect(out.indexOf("Custom element:")).toBeLessThan(out.indexOf("Frame:"));
    expect(out).toContain("<tidings-signup");
    expect(out).toContain("<iframe");
  });

  test("with a kind prints that alone, so that it can go into a file", async () => {
    await using stage = await furnished();
    const { out } = await stage.tidings(["newsletter", "embed", "morning", "--kind", "form", "--form", "foot"]);
    expect(out).toMatch(/^<style>/);
    expect(out).toContain('<input type="hidden" name="form" value="foot">');
    expect(out).not.toContain("<script");
    expect(out.trimEnd()).toMatch(/<\/div>$/);
  });

  test("puts several newsletters into one form, but not into one frame", async () => {
    await using stage = await furnished();
    const told = await stage.json("newsletter", "embed", "morning", "--and", "weekend");
    expect(told.element).toContain('newsletter="morning weekend"');
    expect(told.frame).toBeNull();
    const refused = await stage.tidings(["newsletter", "embed", "morning", "--and", "weekend", "--kind", "frame"]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("A frame is for one newsletter alone.");
  });

  test("a kind that there is not is named, with those that there are", async () => {
    await using stage = await furnished();
    const { code, err } = await stage.tidings(["newsletter", "embed", "morning", "--kind", "popup"]);
    expect([code, err]).toEqual([2, expect.stringContaining("Known: form, element, frame.")]);
  });
});
