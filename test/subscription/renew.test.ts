import { afterEach, beforeEach, expect, test } from "vitest";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { day, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let link: string;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.signUp(ada, "tides");
  await world.drain();
  link = (await world.mails(ada))[0]?.confirmLink ?? "";
});
afterEach(() => world.close());

/** Presses "send a new link" and returns the answer and how many mails came of it. */
async function renew(): Promise<{ answer: string; mails: number }> {
  const before = (await world.mails()).length;
  const answer = await world.press(link, /\/renew$/);
  await world.drain();
  return {
    answer: `${answer.status} ${answer.headers.get("location")} ${await answer.text()}`,
    mails: (await world.mails()).length - before,
  };
}

const sent = "303 /thanks ";

test("a link lives for the hours that the instance sets, to the minute (DOI-04)", async () => {
  await using short = await openWorld({ instance: { confirmHours: 1 } });
  await short.newsletter("tides");
  await short.signUp(ada, "tides");
  await short.drain();
  const url = (await short.mails())[0]?.confirmLink ?? "";
  short.advance(59 * minute);
  expect((await short.get(url)).status).toBe(200);
  short.advance(minute);
  expect((await short.get(url)).status).toBe(410);
  expect((await short.post(url)).status).toBe(410);
});

test("behind an expired link there is one for a new mail, which works (DOI-11)", async () => {
  world.advance(4 * day);
  expect(await renew()).toEqual({ answer: sent, mails: 1 });
  expect((await world.confirm(ada)).headers.get("location")).toBe("/confirmed?n=tides");
});

test("asking for new links keeps to the cool-down of sign-ups", async () => {
  world.advance(4 * day);
  expect((await renew()).mails).toBe(1);
  expect(await renew()).toEqual({ answer: sent, mails: 0 });
  world.advance(10 * minute);
  await world.drain();
  // The second press asked for what the mail of the first had just brought.
  expect(await world.mails()).toHaveLength(2);
  for (let time = 0; time < 4; time += 1) {
    world.advance(11 * minute);
    await renew();
  }
  expect((await world.mails()).length).toBeLessThanOrEqual(4);
});

test.each([
  ["still pending", async () => undefined, 1],
  ["suppressed", () => addSuppression(world.ctx, { address: ada, reason: "complaint" }), 0],
  ["unsubscribed", () => world.post(`/u/${world.ctx.signer.sign("leave", [1, 1])}`), 0],
  ["erased", () => erase(world.ctx, { address: ada }), 0],
] as [string, () => Promise<unknown>, number][])(
  "the page and the answer are the same for someone %s",
  async (_, change, mails) => {
    world.advance(4 * day);
    const page: string = await (await world.get(link)).text();
    await change();
    expect(await (await world.get(link)).text()).toBe(page);
    expect(await renew()).toEqual({ answer: sent, mails });
  },
);

test("a made-up link gets the sign-up form, and no new mail", async () => {
  const forged = `${link.slice(0, -4)}aaaa`;
  const page = await world.get(forged);
  expect(page.status).toBe(404);
  expect(await page.text()).toContain('name="newsletter"');
  expect((await world.post(`${forged}/renew`)).status).toBe(404);
});

test("a newsletter closed since is not asked for again", async () => {
  await world.newsletter("ferries");
  await world.signUp("bea@reader.example", ["tides", "ferries"]);
  await world.drain();
  link = (await world.mails("bea@reader.example"))[0]?.confirmLink ?? "";
  await editNewsletter(world.ctx, { slug: "tides", changes: { status: "closed" } });
  world.advance(4 * day);
  expect((await renew()).mails).toBe(1);
  const text = (await world.mails("bea@reader.example")).at(-1)?.text;
  expect(text).toContain("The ferries letter");
  expect(text).not.toContain("The tides letter");
});
