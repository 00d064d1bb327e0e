import { expect, test } from "vitest";
import { day, openWorld } from "../world.ts";

test("a reader who comes too late is told so, asks for a new link, and is subscribed by it", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.signUp("ada@reader.example", "tides");
  await world.drain();
  const [late] = await world.mails();
  expect(late?.text).toContain("3 days");

  world.advance(3 * day);
  const page = await world.get(late?.confirmLink ?? "");
  expect(page.status).toBe(410);
  expect((await world.post(late?.confirmLink ?? "")).status).toBe(410);

  const thanks = await world.press(late?.confirmLink ?? "", /\/renew$/);
  expect([thanks.status, thanks.headers.get("location")]).toEqual([303, "/thanks"]);
  await world.drain();
  expect(await world.mails()).toHaveLength(2);

  expect((await world.confirm("ada@reader.example")).headers.get("location")).toBe("/confirmed?n=tides");
  const first = await world.get(late?.confirmLink ?? "");
  expect(first.status).toBe(200);
  expect(await first.text()).not.toContain('<form method="post" action="/confirm');
  await world.send("tides", "one");
  await world.drain();
  expect((await world.mails()).at(-1)?.subject).toBe("News of one");
});
