import { expect, test } from "vitest";
import { formsOf } from "../world/forms.ts";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const moved = "ada@elsewhere.example";

/** Presses the button of the form on a page that does this, as a browser without script does. */
async function press(world: World, url: string, doing: string, fields: Record<string, string> = {}): Promise<string> {
  const page = await (await world.get(url)).text();
  const form = formsOf(page).find(({ hidden }) => hidden.some(([name, value]) => name === "do" && value === doing));
  if (form === undefined) throw new Error(`the page has no form to ${doing}`);
  const answer = await world.post(form.action, [...form.hidden, ...Object.entries(fields)]);
  expect(answer.status).toBe(200);
  return answer.text();
}

test("a reader without an issue at hand asks for the link, joins, moves to another address, takes the data along and is forgotten", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.newsletter("ferries");
  await world.join(ada, "tides");
  world.advance(20 * minute);

  const front = await (await world.get("/")).text();
  expect(front).toContain('href="/preferences"');
  const asked = await world.press("/preferences", /\/preferences$/, { email: ada });
  expect(asked.headers.get("location")).toBe("/preferences/sent");
  expect(await (await world.get("/preferences/sent")).text()).toContain("Please check your mail");
  await world.drain();
  const link = (await world.mails(ada)).at(-1)?.manageLink ?? "";

  expect(await press(world, link, "join", { newsletter: "ferries" })).toContain(
    "You are subscribed to The ferries letter.",
  );
  expect(await press(world, link, "profile", { name: "Ada", language: "en" })).toContain("Your changes are saved.");
  expect(await press(world, link, "pause", { weeks: "1" })).toContain("pauses until 29 November 2026");
  expect(await press(world, link, "resume")).toContain("comes again from now on");
  expect(await press(world, link, "address", { email: moved })).toContain("a mail is on its way to it");
  await world.drain();
  const confirm = (await world.mails(moved)).at(-1)?.addressLink ?? "";
  expect((await world.press(confirm, /\/address\//)).status).toBe(200);

  world.advance(20 * minute);
  await world.press("/preferences", /\/preferences$/, { email: moved });
  await world.drain();
  const own = (await world.mails(moved)).at(-1)?.manageLink ?? "";
  const data = (await (await world.get(`${own}/data`)).json()) as {
    address: string;
    name: string;
    subscriptions: unknown[];
  };
  expect([data.address, data.name, data.subscriptions.length]).toEqual([moved, "Ada", 2]);
  const gone = await world.press(`${own}/erase`, /\/erase$/);
  expect(await gone.text()).toContain("We have forgotten you");
  expect(await world.ctx.store.db.selectFrom("subscribers").select("id").execute()).toEqual([]);
});
