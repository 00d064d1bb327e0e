import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { countingApp } from "../world/counting.ts";
import { openWorld } from "../world.ts";

test("a sign-up while the database is locked is answered 503, a page is still shown, and the next try succeeds", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  const { app, close } = countingApp(world, { patience: 30 });
  const holder = fork(join(import.meta.dirname, "lock-holder.ts"), [world.config.database]);
  await once(holder, "message");

  const form = () => ({
    method: "POST",
    body: new URLSearchParams({ email: "ada@reader.example", newsletter: "tides" }),
  });
  const refused = await app.request("/subscribe", form());
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain("Please try again in a moment");
  expect((await app.request("/")).status).toBe(200);

  holder.send(0);
  await once(holder, "exit");
  expect((await app.request("/subscribe", form())).status).toBe(303);
  await world.drain();
  expect(await world.mails()).toHaveLength(1);
  close();
});
