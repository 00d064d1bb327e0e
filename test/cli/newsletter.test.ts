import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { newsletterFields } from "../../src/newsletter/fields.ts";
import { openStage } from "./stage.ts";

const examples = new URL("../../examples/newsletters/", import.meta.url).pathname;

describe("tidings newsletter create", () => {
  test("takes a file as it stands, keys with underscores", async () => {
    await using stage = await openStage();
    const { newsletter } = await stage.json("newsletter", "create", "--file", `${examples}climate.json`);
    const { sender_name, sender_address, reply_to, image_alt, image_square, ...same } = JSON.parse(
      readFileSync(`${examples}climate.json`, "utf8"),
    );
    const renamed = {
      ...{ senderName: sender_name, senderAddress: sender_address, replyTo: reply_to },
      ...{ imageAlt: image_alt, imageSquare: image_square },
    };
    expect(newsletter).toMatchObject({ ...same, ...renamed });
  });

  test("takes each field by a flag, and flags win over the file", async () => {
    await using stage = await openStage();
    const fields = {
      slug: "morning",
      name: "Morning Tide",
      pitch: "Before the first ferry.",
      about: "One letter.\nFive minutes.",
      frequency: "Every weekday",
      language: "en-GB",
      senderName: "Dana Whitlock",
      senderAddress: "morning@example.org",
      replyTo: "dana@example.org",
      group: "Every day",
      position: -3,
      image: "/assets/icon.svg",
      imageAlt: "An anchor",
      thanks: "Thanks.",
      welcome: "Welcome.",
      status: "paused",
    };
    const file = stage.file("camel.json", JSON.stringify({ ...fields, name: "Another", position: 7 }));
    const flags = Object.entries(fields).flatMap(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      String(value).replace("\n", "\\n"),
    ]);
    const { newsletter } = await stage.json("newsletter", "create", "--file", file, ...flags);
    expect(newsletter).toMatchObject(fields);
  });

  test.each([
    ['{ "slug": "a", "sendername": "x" }', 'has "sendername", which is no field here.', "Did you mean sender_name?"],
    ['{ "__proto__": 1 }', 'has "__proto__", which is no field here.', "Fields are:"],
    ['{ "reply_to": "a@example.org", "replyTo": "b@example.org" }', "has replyTo twice.", ""],
    ["[]", "must hold one JSON object.", ""],
    ["{ slug }", "is not JSON:", ""],
    ['{ "slug": 5 }', "slug: must be a text", ""],
  ])("refuses the file %s", async (text, message, hint) => {
    await using stage = await openStage();
    const { code, err } = await stage.tidings(["newsletter", "create", "--file", stage.file("n.json", text)]);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  test("refuses a file that is not there", async () => {
    await using stage = await openStage();
    const { code, err } = await stage.tidings(["newsletter", "create", "--file", "nowhere.json"]);
    expect([code, err]).toEqual([2, "Error: nowhere.json cannot be read: there is no such file.\n"]);
  });

  test("refuses a slug that is taken with exit code 5", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("climate");
    const { code, err } = await stage.tidings(["newsletter", "create", "--file", `${examples}climate.json`]);
    expect(code).toBe(5);
    expect(err).toContain("Change it with: tidings newsletter edit climate");
  });

  test("says where readers sign up, and which pictures are not there yet", async () => {
    await using stage = await openStage();
    const { err } = await stage.tidings(["newsletter", "create", "--file", `${examples}weekend.json`]);
    expect(err.split("\n")).toEqual([
      "Readers sign up at https://letters.harbourcourier.example/n/weekend",
      expect.stringMatching(/^There is no picture at \/assets\/pictures\/market-hall\.jpg yet: /),
      expect.stringMatching(/^There is no picture at \/assets\/pictures\/market-hall-square\.jpg yet: /),
      "",
    ]);
  });
});

describe("tidings newsletter", () => {
  test("lists what there is, or how to make one", async () => {
    await using stage = await openStage();
    expect(await stage.tidings(["newsletter", "list"])).toMatchObject({
      code: 0,
      out: "No newsletters.\n",
      err: "Make one with: tidings newsletter create --file FILE\n",
    });
    await stage.world.newsletter("morning", { frequency: "Daily" });
    expect((await stage.tidings(["newsletter", "list"])).out).toBe(
      [
        "SLUG     STATUS  LANGUAGE  ARCHIVE  NAME                FREQUENCY",
        "morning  open    en        public   The morning letter  Daily\n",
      ].join("\n"),
    );
    expect((await stage.json("newsletter", "list", "--status", "closed")).newsletters).toEqual([]);
  });

  test("shows one with its readers", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    await stage.world.join("ada@example.org", "morning");
    const shown = await stage.json("newsletter", "show", "morning");
    expect(shown).toMatchObject({ schema: 1, readers: 1, paused: 0, newsletter: { slug: "morning" } });
    const { out } = await stage.tidings(["newsletter", "show", "morning"]);
    expect(out).toMatch(/^readers +1\npaused readers +0$/m);
    expect(out).toMatch(/^origins +any\nredirects +none$/m);
    expect(await stage.tidings(["newsletter", "show", "mourning"])).toMatchObject({
      code: 1,
      err: 'Error: There is no newsletter "mourning".\nDid you mean morning?\n',
    });
  });

  test("counts those of its readers who take a break apart", async () => {
    await using stage = await openStage();
    const { world } = stage;
    await world.newsletter("morning");
    for (const name of ["ada", "bea"]) await world.join(`${name}@example.org`, "morning");
    await world.send("morning", "first");
    await world.drain();
    const link = (await world.mails("ada@example.org")).at(-1)?.preferencesLink ?? "";
    await world.post(link, { do: "pause", newsletter: "morning", weeks: "2" });
    expect(await stage.json("newsletter", "show", "morning")).toMatchObject({ readers: 1, paused: 1 });
    const { out } = await stage.tidings(["newsletter", "show", "morning"]);
    expect(out).toMatch(/^readers +1\npaused readers +1$/m);
  });

  test("shows everything that can be set", async () => {
    await using stage = await openStage();
    const set: Record<keyof typeof newsletterFields, string> = {
      ...{ slug: "morning", name: "Morning Tide", pitch: "Before the ferry.", about: "At length.", frequency: "Daily" },
      ...{ language: "pl", senderName: "Dana", senderAddress: "dana@example.org", replyTo: "desk@example.org" },
      ...{ group: "Every day", position: "17", image: "/assets/wide.png", imageSquare: "/assets/square.png" },
      ...{ imageAlt: "An anchor", thanks: "Good to have you.", welcome: "Hello there.", status: "hidden" },
      ...{ archive: "link", origins: "https://news.example.org", redirects: "https://news.example.org/thanks" },
      ...{ hourlyLimit: "5432", warmUp: "210" },
    };
    const flags = Object.entries(set).flatMap(([name, value]) => {
      const flag = name.replace(/^(origin|redirect)s$/, "$1").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return [`--${flag}`, value];
    });
    expect((await stage.tidings(["newsletter", "create", ...flags])).code).toBe(0);
    await stage.tidings(["newsletter", "text", "morning", "signup.button", "Send it to me"]);
    const { out, err } = await stage.tidings(["newsletter", "show", "morning"]);
    for (const value of Object.values({ ...set, hourlyLimit: "5,432" })) expect(out).toContain(`  ${value}`);
    expect(out).toMatch(/^own texts +1$/m);
    expect(err).toBe("Its own texts: tidings newsletter text morning\n");
  });

  test.each([["../instance"], ["a/b"], ["%2e%2e"], [".."], [""], ["morning?x=1#y"], ["Morning"]])(
    "takes no other name for one: %j",
    async (name) => {
      await using stage = await openStage();
      await stage.world.newsletter("morning");
      const { code, out, err } = await stage.tidings(["newsletter", "show", name]);
      expect([1, 2]).toContain(code);
      expect(out).toBe("");
      expect(err).toMatch(/There is no newsletter|is no name/);
    },
  );

  test.each([
    ["https://news.example.org/b?x=1", "must end before the ?"],
    ["https://news.example.org/b#x", "must be an address such as https://news.example.org/thanks, without user and #"],
  ])("names the one redirect of several that cannot be one, as it was typed: %s", async (wrong, why) => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    const redirects = ["--redirect", "https://news.example.org/a", "--redirect", wrong];
    const { code, err } = await stage.tidings(["newsletter", "edit", "morning", ...redirects]);
    expect(err).toContain(`--redirect "${wrong}" ${why}`);
    expect(err).not.toContain("example.org/a");
    expect(code).toBe(2);
  });

  test("is told of a picture of its own that is not there, when it is named", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    const edit = (...flags: string[]) => stage.tidings(["newsletter", "edit", "morning", ...flags]);
    const pictures = ["--image", "/assets/nope.jpg", "--image-square", "/assets/icon.svg?v=1"];
    const { code, err } = await edit(...pictures);
    expect([code, err]).toEqual([0, expect.stringMatching(/^There is no picture at \/assets\/nope\.jpg yet: .*\n$/)]);
    expect((await stage.json("newsletter", "edit", "morning", "--name", "Tide")).missing).toEqual(["/assets/nope.jpg"]);
    expect((await edit("--name", "The Tide")).err).toBe("");
    expect((await edit("--image", "https://pictures.example/wide.jpg")).err).toBe("");
  });

  test("has limits of its own, which none takes away", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    await stage.tidings(["newsletter", "edit", "morning", "--hourly-limit", "5000", "--warm-up", "200"]);
    const { newsletter } = await stage.json("newsletter", "show", "morning");
    expect(newsletter).toMatchObject({ hourlyLimit: 5_000, warmUp: 200, warmUpSince: expect.stringMatching(/Z$/) });
    const shown = (await stage.tidings(["newsletter", "show", "morning"])).out;
    expect(shown).toMatch(
      /mails an hour +5,000\nwarm-up +200 on the first day, \d{4}-\d\d-\d\d; twice as many each day/,
    );
    await stage.tidings(["newsletter", "edit", "morning", "--hourly-limit", "none", "--warm-up", "none"]);
    expect((await stage.json("newsletter", "show", "morning")).newsletter).toMatchObject({
      hourlyLimit: null,
      warmUp: null,
      warmUpSince: null,
    });
  });

  test("changes what is given, and an empty text clears", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning", { welcome: "Hello.", replyTo: "dana@example.org" });
    const edited = await stage.tidings(["newsletter", "edit", "morning", "--welcome", "", "--reply-to", ""]);
    expect(edited.out).toBe("Changed reply to, welcome of morning.\n");
    const { newsletter } = await stage.json("newsletter", "show", "morning");
    expect(newsletter).toMatchObject({ welcome: null, replyTo: null, name: "The morning letter" });
  });

  test.each([
    [["--hourly-limit", "0"], '--hourly-limit must be a whole number of at least 1, or none, not "0".'],
    [["--status", "shut"], '--status must be one of hidden, open, paused, closed, not "shut".'],
    [["--sender-address", "me", "--language", "x"], "--sender-address is not an e-mail address"],
    [["--name", ""], "--name is missing."],
  ])("names the flag as it was typed, and what it takes: %j", async (flags, words) => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    const ran = await stage.tidings(["newsletter", "edit", "morning", ...flags]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(words)]);
  });

  test("names what is missing by its flag", async () => {
    await using stage = await openStage();
    const ran = await stage.tidings(["newsletter", "create", "--slug", "tides", "--name", "Tides", "--pitch", "High."]);
    expect(ran.err).toBe("Error: --sender-name is missing; --sender-address is missing.\n");
  });

  test("refuses to change nothing, or the slug", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    expect(await stage.tidings(["newsletter", "edit", "morning"])).toMatchObject({ code: 2 });
    const other = stage.file("n.json", '{ "slug": "evening", "name": "x" }');
    expect(await stage.tidings(["newsletter", "edit", "morning", "--file", other])).toMatchObject({ code: 2 });
    const same = stage.file("n.json", '{ "slug": "morning", "name": "Morning" }');
    expect(await stage.tidings(["newsletter", "edit", "morning", "--file", same])).toMatchObject({ code: 0 });
  });
});
