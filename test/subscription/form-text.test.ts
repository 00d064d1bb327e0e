import { afterEach, beforeEach, expect, test } from "vitest";
import { minute, openWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
});
afterEach(() => world.close());

const lures = [
  "Buy now http://evil.tld",
  "Buy now evil.tld",
  "<a href=https://evil.tld>win</a>",
  "Ada\r\nBcc: victim@evil.tld",
  "{{ 'evil.tld' }}",
  "You have won, call 0800 EVIL.TLD",
];

test.each(lures)(
  "what a stranger types as a name, %j, is in no mail before the address is confirmed (I8)",
  async (name) => {
    await world.signUp("ada@reader.example", "tides", { name, form: name, page: name });
    await world.drain();
    const [mail] = await world.mails();
    const all = `${new TextDecoder().decode(mail?.raw)}${mail?.text}${mail?.html}${mail?.subject}`.toLowerCase();
    expect(mail?.confirmLink).not.toBe("");
    expect(all).not.toContain("evil.tld");
    for (const word of ["buy now", "win<", "bcc", "you have won"]) expect(all).not.toContain(word);
  },
);

test("nor is it in the mail that tells an active reader of a repeated sign-up", async () => {
  await world.join("ada@reader.example", "tides");
  world.advance(11 * minute);
  await world.signUp("ada@reader.example", "tides", { name: "Buy now evil.tld" });
  await world.drain();
  const mail = (await world.mails()).at(-1);
  expect(mail?.subject).toMatch(/already/i);
  expect(new TextDecoder().decode(mail?.raw).toLowerCase()).not.toContain("evil");
});

test("a stranger cannot change the name of a reader who is known", async () => {
  await world.signUp("ada@reader.example", "tides", { name: "Ada" });
  await world.drain();
  await world.confirm("ada@reader.example");
  world.advance(11 * minute);
  await world.signUp("ada@reader.example", "tides", { name: "Somebody" });
  const row = await world.ctx.store.db.selectFrom("subscribers").select("name").executeTakeFirstOrThrow();
  expect(row.name).toBe("Ada");
});

test("a name that a stranger gave before the reader ever came does not stick", async () => {
  await world.signUp("ada@reader.example", "tides", { name: "You Fool" });
  await world.drain();
  world.advance(11 * minute);
  await world.signUp("ada@reader.example", "tides", { name: "Ada" });
  await world.drain();
  await world.signUp("ada@reader.example", "tides", { name: "" });
  await world.confirm("ada@reader.example");
  await world.send("tides", "one", { markdown: 'Dear {{ subscriber.name | default: "reader" }},' });
  await world.drain();
  // Requests that do not agree on a name leave none: only the reader knows who was who.
  const { text } = (await world.mails()).at(-1) ?? { text: "" };
  expect(text).toContain("Dear reader,");
  expect(text).not.toContain("You Fool");
});

test("a name is kept as one line of at most a hundred characters, without anything that looks like a link", async () => {
  const names: [string, string][] = [
    ["  Ada \t\u0000 Lovelace\u202e ", "Ada Lovelace"],
    ["Ada\nBcc: x", "Ada Bcc: x"],
    ["x".repeat(300), "x".repeat(100)],
    ["see https://evil.tld", ""],
    ["WWW.evil.tld", ""],
    ["me@evil.tld", ""],
  ];
  for (const [at, [typed]] of names.entries()) await world.signUp(`n${at}@reader.example`, "tides", { name: typed });
  const rows = await world.ctx.store.db.selectFrom("subscribers").select("name").orderBy("id").execute();
  expect(rows.map((row) => row.name)).toEqual(names.map(([, kept]) => kept));
});
