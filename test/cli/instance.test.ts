import { describe, expect, test } from "vitest";
import { openStage } from "./stage.ts";

const example = new URL("../../examples/instance.json", import.meta.url).pathname;

describe("tidings instance", () => {
  test("says what it lacks until it is set, from a file", async () => {
    await using stage = await openStage({ instance: null });
    const before = await stage.tidings(["instance", "show"]);
    expect(before.err).toBe(
      'Before mail can leave: tidings instance set --operator "…" --postal-address "…" --privacy-url "…"\n',
    );
    const after = await stage.tidings(["instance", "set", "--file", example]);
    expect([after.code, after.err]).toEqual([0, ""]);
    expect((await stage.json("instance", "show")).missing).toEqual([]);
  });

  test("takes each field by a flag; a line break as such or as \\n", async () => {
    await using stage = await openStage();
    const set = await stage.json(
      ...["instance", "set", "--site", "S", "--operator", "O", "--postal-address", "a\\nb\nc"],
      ...["--privacy-url", "https://example.org/p", "--contact", "c@example.org", "--sender-name", "N"],
      ...["--sender-address", "n@example.org", "--confirm-hours", "48", "--keep-notices-days", "60"],
      ...["--keep-outbox-days", "7"],
    );
    expect(set.instance).toMatchObject({
      site: "S",
      operator: "O",
      postalAddress: "a\nb\nc",
      privacyUrl: "https://example.org/p",
      contact: "c@example.org",
      senderName: "N",
      senderAddress: "n@example.org",
      confirmHours: 48,
      keepNoticesDays: 60,
      keepOutboxDays: 7,
    });
  });

  test("takes limits, each domain by itself, and gives them up again", async () => {
    await using stage = await openStage();
    const set = (...flags: string[]) => stage.json("instance", "set", ...flags);
    const made = await set("--hourly-limit", "20000", "--warm-up", "500", "--domain-limit", "GMail.com=300");
    expect(made.instance).toMatchObject({ hourlyLimit: 20_000, warmUp: 500, domainLimits: { "gmail.com": 300 } });
    expect(made.instance.warmUpSince).toEqual(expect.stringMatching(/T.*Z$/));
    const more = await set("--domain-limit", "a.example=1", "--domain-limit", "b.example=2");
    expect(more.instance.domainLimits).toEqual({ "gmail.com": 300, "a.example": 1, "b.example": 2 });
    const fewer = await set("--domain-limit", "a.example=none", "--hourly-limit", "none", "--warm-up", "none");
    expect(fewer.instance).toMatchObject({ hourlyLimit: null, warmUp: null, warmUpSince: null });
    expect(fewer.instance.domainLimits).toEqual({ "gmail.com": 300, "b.example": 2 });
    expect((await stage.tidings(["instance", "show"])).out).toMatch(/to gmail.com an hour +300\n/);
    expect((await set("--domain-limit", "none")).instance.domainLimits).toEqual({});
  });

  test.each([
    ["--hourly-limit", "0"],
    ["--hourly-limit", "many"],
    ["--warm-up", "-5"],
    ["--domain-limit", "gmail.com"],
    ["--domain-limit", "gmail.com=0"],
    ["--domain-limit", "no domain=5"],
    ["--domain-limit", "%=5"],
    ["--domain-limit", "gma_l.com=5"],
  ])("refuses a limit that is none: %s %s", async (flag, value) => {
    await using stage = await openStage();
    expect((await stage.tidings(["instance", "set", flag, value])).code).toBe(2);
  });

  test.each([
    [["--hourly-limit", "0"], '--hourly-limit must be a whole number of at least 1, or none, not "0".'],
    [
      ["--warm-up", "2000000000"],
      '--warm-up must be a whole number of at most 1,000,000,000, or none, not "2000000000".',
    ],
    [
      ["--domain-limit", "gmail.com=x"],
      '--domain-limit gmail.com must be a whole number of at least 1, or none, not "x".',
    ],
    [["--domain-limit", "no domain=5"], "--domain-limit no domain is not the domain of an address, such as gmail.com."],
    [["--time-zone", "Nowhere"], '--time-zone must be a time zone such as Europe/Kyiv, not "Nowhere".'],
    [["--confirm-hours", "0"], '--confirm-hours must be at least 1, not "0".'],
    [
      ["--confirm-hours", "999", "--contact", "me"],
      '--contact is not an e-mail address; --confirm-hours must be at most 336, not "999".',
    ],
  ])("names the flag as it was typed, and what it takes: %j", async (flags, words) => {
    await using stage = await openStage();
    const ran = await stage.tidings(["instance", "set", ...flags]);
    expect([ran.code, ran.err.split("\n")[0]]).toEqual([2, `Error: ${words}`]);
  });

  test("refuses what cannot be", async () => {
    await using stage = await openStage();
    expect((await stage.tidings(["instance", "set"])).code).toBe(2);
    expect((await stage.tidings(["instance", "set", "--confirm-hours", "9999"])).code).toBe(2);
    expect((await stage.tidings(["instance", "set", "--privacy-url", "privacy"])).err).toContain(
      "--privacy-url must be a whole http(s) address",
    );
  });
});

describe("tidings token", () => {
  test("prints the secret alone on standard output, once", async () => {
    await using stage = await openStage();
    const made = await stage.tidings(["token", "create", "--name", "night desk", "--scopes", "read, send"]);
    expect(made.out).toMatch(/^tid_[\w-]{43}\n$/);
    expect(made.err).toContain("shown this once");
    const listed = await stage.tidings(["token", "list"]);
    expect(listed.out).toMatch(/2 +night desk +read,send/);
    expect(listed.out).not.toContain(made.out.trim());
    expect((await stage.tidings(["token", "revoke", "2"])).out).toBe("Token 2 opens nothing any more.\n");
    expect((await stage.tidings(["token", "list"])).out).toContain("revoked");
    expect((await stage.json("token", "list")).tokens[1].scopes).toEqual(["read", "send"]);
  });

  test("refuses scopes that are none, and a token without a name", async () => {
    await using stage = await openStage();
    expect((await stage.tidings(["token", "create", "--name", "a", "--scopes", "all"])).code).toBe(2);
    expect((await stage.tidings(["token", "create", "--scopes", "read"])).code).toBe(2);
    expect((await stage.tidings(["token", "revoke", "99"])).code).toBe(1);
    expect((await stage.tidings(["token", "revoke", "first"])).code).toBe(2);
  });
});
