import { describe, expect, it } from "vitest";
import { createLog, redact } from "../src/log.ts";

describe("the log", () => {
  it("writes one line of JSON per event, whatever stands in a field (SEC-24)", () => {
    const lines: string[] = [];
    const log = createLog(
      (line) => lines.push(line),
      () => Date.UTC(2026, 10, 22, 8),
    );
    log.info("sent", { batch: 7, reason: 'line one\nline two "quoted"', none: undefined });
    log.error("failed", { ok: false, of: null });
    expect(lines).toHaveLength(2);
    expect(lines.join("")).not.toContain("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        at: "2026-11-22T08:00:00.000Z",
        level: "info",
        event: "sent",
        batch: 7,
        reason: 'line one\nline two "quoted"',
      },
      { at: "2026-11-22T08:00:00.000Z", level: "error", event: "failed", ok: false, of: null },
    ]);
  });

  it.each([
    ["POST /confirm/auaql343eetqfd5u7i4qhtzudw53fhy 303", "POST /confirm/[token]"],
    ["/u/%3CTAuaql343eetq", "/u/[token]"],
    ["/p/au aql343?x=1", "/p/[token]?x=1"],
    ["/n/morning/issue?preview=auaql343", "/n/morning/issue?preview=[token]"],
    ["/outbox?token=abcdefghij&before=1", "/outbox?token=[token]&before=1"],
    ["key re_Ab3dEf9hIjK refused", "key [key] refused"],
    ["Bearer tid_0123456789abcdef", "Bearer [key]"],
    ["rejected: ada.lovelace+x@example.org is unknown", "rejected: a…@example.org is unknown"],
    ["grüße@bücher.example", "g…@bücher.example"],
  ])("shows %s without what nobody may read there (I10)", (text, shown) => {
    expect(redact(text)).toContain(shown.replace(" 303", ""));
    expect(redact(text)).not.toMatch(/auaql|lovelace|0123456789|Ab3dEf|abcdefghij/i);
  });
});
