import { expect, test } from "vitest";
import { answerOf, ask, challengeFor, from, networkNo, payload } from "../subscription/guard/asking.ts";
import { formsOf } from "../world/forms.ts";
import { day, minute, openWorld } from "../world.ts";

const ada = "ada@reader.example";

test("the page where a link is asked for is helped by our own script, and by no other", async () => {
  await using world = await openWorld();
  for (const answer of [await world.get("/preferences"), await world.post("/preferences", { email: "ada" })]) {
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self'; connect-src 'self'");
    const html = await answer.text();
    expect(html.match(/<script[^>]*>/g)).toEqual([expect.stringMatching(/^<script src="\/embed\.js\?v=\w+" async>$/)]);
    expect(html).toMatch(/<form[^>]* data-tidings data-hint="Did you mean \{address\}\?">/);
  }
});

test("the same form behind a link that has expired, and the answer to it, hold no script: their address or their sender is a reader's", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.join(ada, "tides");
  world.advance(20 * minute);
  await world.post("/preferences", { email: ada });
  await world.drain();
  const manage = (await world.mails(ada)).at(-1)?.manageLink ?? "";
  world.advance(2 * 60 * minute);
  for (const url of [manage, "/preferences/sent"]) {
    const html = await (await world.get(url)).text();
    expect(html, url).not.toContain("<script");
    expect(html, url).not.toContain("data-tidings");
  }
});

test("under attack, a link is mailed at once to whoever solves the proof of work, and later to others", async () => {
  await using world = await openWorld({ guarded: true });
  await world.newsletter("tides");
  await world.join(ada, "tides");
  await world.join("bea@reader.example", "tides");
  world.advance(day);
  await world.instance({ challenge: "always" });
  for (let bot = 0; bot < 50; bot += 1) await ask(world, networkNo(bot), { email: `bot${bot}@b${bot}.example` });
  // What the script reads from the form, and sends with it.
  const form = formsOf(await (await world.get("/preferences")).text()).find(({ action }) => action === "/preferences");
  const names = form?.hidden.filter(([name]) => name === "newsletter").map(([, value]) => value) ?? [];
  expect(names).toHaveLength(1);
  const altcha = payload(await challengeFor(world, names));
  const send = (fields: Record<string, string>) =>
    world.app.request("/preferences", { method: "POST", body: new URLSearchParams(fields) }, from(networkNo(99)));
  await send({ email: ada, altcha });
  await send({ email: "bea@reader.example" });
  expect(await answerOf(world, ada)).toMatchObject({ state: "waiting", reason: null, wait: 0 });
  expect((await answerOf(world, "bea@reader.example")).reason).toBe("slow");
});
