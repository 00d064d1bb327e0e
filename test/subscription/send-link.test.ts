import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { hour, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

describe("whoever asks for the link of an address", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.newsletter("tides");
    await world.join(ada, "tides");
    world.advance(20 * minute);
  });
  afterEach(() => world.close());

  const ask = (email: string) => world.post("/preferences", { email });
  const links = async () => (await world.mails(ada)).filter((mail) => mail.manageLink !== "");

  test("is told the same, and a reader gets a mail with a link that works for an hour", async () => {
    const answer = await ask("Ada@Reader.example");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/preferences/sent"]);
    await world.drain();
    const [mail] = await links();
    expect(mail?.subject).toBe("Your link to The Harbour Courier");
    expect(mail?.text).toContain(mail?.manageLink ?? "none");
    expect(mail?.headers.has("list-unsubscribe")).toBe(false);
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
    const link = mail?.manageLink ?? "";
    expect((await world.get(link)).status).toBe(200);
    world.advance(hour);
    const late = await world.get(link);
    expect(late.status).toBe(410);
    expect(await late.text()).toContain('action="/preferences"');
  });

  test("gets nobody a mail who has not confirmed, or is no reader (I2)", async () => {
    await world.signUp("new@reader.example", "tides");
    await world.drain();
    world.advance(20 * minute);
    for (const email of ["new@reader.example", "nobody@reader.example"]) {
      expect((await ask(email)).status).toBe(303);
    }
    await world.drain();
    expect((await world.mails("new@reader.example")).length).toBe(1);
    expect(await world.mails("nobody@reader.example")).toEqual([]);
  });

  test("cannot fill an inbox: one mail in ten minutes, three a day, however it is asked for (DOI-22)", async () => {
    const own = await preferencesLink();
    for (let time = 0; time < 200; time += 1) {
      await (time % 2 === 0 ? ask(ada) : world.post(own, { do: "link" }));
      await world.drain();
      world.advance(5 * minute);
    }
    // The confirmation of the sign-up was one of the three.
    expect((await links()).length).toBeLessThanOrEqual(3);
    expect((await links()).length).toBeGreaterThan(1);
  });

  test("does not hold up the sign-up of a stranger's address", async () => {
    await ask("nobody@reader.example");
    await world.signUp("nobody@reader.example", "tides");
    await world.drain();
    expect(await world.mails("nobody@reader.example")).toHaveLength(1);
  });

  test("fifty times at once gets one mail", async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask(ada)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    await world.drain();
    world.advance(30 * minute);
    await world.drain();
    expect(await links()).toHaveLength(1);
  });

  test("is shown the fault of an address that is none, and asked again", async () => {
    const answer = await ask("ada@reader");
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toContain('value="ada@reader"');
    expect(page).toContain('aria-describedby="email-fault"');
  });

  test.each([["a trap filled in", { subject_2: "x" }]])("gets nothing with %s", async (_, fields) => {
    expect((await world.post("/preferences", { email: ada, ...fields })).status).toBe(303);
    await world.drain();
    expect(await links()).toEqual([]);
  });

  test("from one network over its limit is turned away, whatever the address", async () => {
    await world.instance({ signupLimits: { network: 5 } });
    world.advance(2 * hour);
    const seen: number[] = [];
    for (let time = 0; time < 8; time += 1) seen.push((await ask(`r${time}@reader.example`)).status);
    expect(seen).toEqual([...Array(5).fill(303), ...Array(3).fill(429)]);
  });

  async function preferencesLink(): Promise<string> {
    await world.send("tides", "one");
    await world.drain();
    return (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
  }
});

test("who is kept from one newsletter alone still gets their own link (LAW-04)", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.join("ada@reader.example", "tides");
  await addSuppression(world.ctx, { address: "ada@reader.example", newsletter: "tides" });
  world.advance(20 * minute);
  await world.post("/preferences", { email: "ada@reader.example" });
  await world.drain();
  expect((await world.mails("ada@reader.example")).at(-1)?.manageLink).toContain("/manage/");
});
