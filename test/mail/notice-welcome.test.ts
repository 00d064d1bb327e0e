import { describe, expect, it } from "vitest";
import { readWelcome } from "../../src/mail/welcome.ts";
import { short } from "./reading.ts";

describe("reading a welcome text", () => {
  it("reports what cannot be sent, with line and column, to whoever saves it", () => {
    const { faults } = readWelcome("Hello.\n\nSee [the page](page.html) or ![](/a.png)", "https://news.example/", "en");
    expect(short(faults)).toEqual(["error bad-link 3:5", "error no-alt 3:30", "error picture-place 3:30"]);
  });

  it("finds no fault in plain text with paths of the site", () => {
    expect(readWelcome("Hello. [The archive](/n/morning)", "https://news.example/", "en").faults).toEqual([]);
  });
});
