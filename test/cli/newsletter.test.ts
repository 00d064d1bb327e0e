import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
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

  test("says where readers sign up", async () => {
    await using stage = await openStage();
    const { err } = await stage.tidings(["newsletter", "create", "--file", `${examples}weekend.json`]);
    expect(err).toBe("Readers sign up at https://letters.harbourcourier.example/n/weekend\n");
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
      "SLUG     STATUS  NAME                FREQUENCY\nmorning  open    The morning letter  Daily\n",
    );
    expect((await stage.json("newsletter", "list", "--status", "closed")).newsletters).toEqual([]);
  });

  test("shows one with its readers", async () => {
    await using stage = await openStage();
    await stage.world.newsletter("morning");
    await stage.world.join("ada@example.org", "morning");
    const shown = await stage.json("newsletter", "show", "morning");
    expect(shown).toMatchObject({ schema: 1, readers: 1, newsletter: { slug: "morning" } });
    expect((await stage.tidings(["newsletter", "show", "morning"])).out).toMatch(/^readers +1$/m);
    expect(await stage.tidings(["newsletter", "show", "mourning"])).toMatchObject({
      code: 1,
      err: 'Error: There is no newsletter "mourning".\nDid you mean morning?\n',
    });
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
