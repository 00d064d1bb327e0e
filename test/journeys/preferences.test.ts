import { afterEach, beforeEach, expect, test } from "vitest";
import { formsOf } from "../world/forms.ts";
import { openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let link: string;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries", "markets"]) await world.newsletter(slug);
  await world.join(ada, ["tides", "ferries", "markets"]);
  await world.join("bea@reader.example", ["tides", "ferries", "markets"]);
  await world.send("tides", "one");
  await world.drain();
  link = (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
});
afterEach(() => world.close());

async function gets(): Promise<string[]> {
  world.advance(1);
  const before = (await world.mails(ada)).length;
  for (const slug of ["tides", "ferries", "markets"]) await world.send(slug, `n${world.clock.now}`);
  await world.drain();
  return (await world.mails(ada))
    .slice(before)
    .map((mail) => mail.from.address.split("@")[0] ?? "")
    .sort();
}

test("the link at the end of an issue shows a reader all that is theirs, and leaves one of it", async () => {
  const page = await (await world.get(link)).text();
  for (const slug of ["tides", "ferries", "markets"]) expect(page).toContain(`The ${slug} letter`);
  expect(page).toContain("a•••@reader.example");
  expect(page).not.toContain(ada);

  const left = await world.post(link, { newsletter: "ferries" });
  expect(left.status).toBe(200);
  expect(await left.text()).toContain("You have left The ferries letter");
  expect(await gets()).toEqual(["markets", "tides"]);
});

test("the button beside a newsletter on that page leaves it", async () => {
  const page = await (await world.get(link)).text();
  const forms = formsOf(page).filter(({ hidden }) => hidden.length === 1 && hidden[0]?.[1] === "ferries");
  expect(forms).toHaveLength(1);
  await world.post(link, forms[0]?.hidden);
  expect(await gets()).toHaveLength(2);
});

test("one press leaves all of them, and the page says so", async () => {
  const left = await world.post(link, { newsletter: "all" });
  expect(await left.text()).toContain("You have left all our newsletters");
  expect(await gets()).toEqual([]);
  expect((await world.get(link)).status).toBe(200);
});

test("pressing again, or naming what one does not hold or what there is not, changes nothing", async () => {
  await world.post(link, { newsletter: "ferries" });
  for (const newsletter of ["ferries", "never-was", "", "ALL"]) {
    expect((await world.post(link, { newsletter })).status).toBe(200);
  }
  expect(await gets()).toEqual(["markets", "tides"]);
});

test("nobody else is touched (SEC-25)", async () => {
  await world.post(link, { newsletter: "all" });
  const before = (await world.mails("bea@reader.example")).length;
  world.advance(1);
  await world.send("tides", "two");
  await world.drain();
  expect(await world.mails("bea@reader.example")).toHaveLength(before + 1);
});
