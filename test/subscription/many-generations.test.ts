import { expect, test } from "vitest";
import { openWorld } from "../world.ts";

test("someone who signs up and leaves time and again before any mail has left is asked once, and can confirm", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  for (let time = 0; time < 12; time += 1) {
    await world.signUp("ada@reader.example", "tides");
    if (time < 11) await world.post(`/u/${world.ctx.signer.sign("leave", [1, 1])}`);
  }
  await world.drain();
  const mails = await world.mails();
  expect(mails.map((mail) => mail.text.includes("The tides letter"))).toEqual([true]);
  const page = await (await world.get(mails[0]?.confirmLink ?? "")).text();
  expect(page).toContain("The tides letter");
  expect((await world.confirm("ada@reader.example")).headers.get("location")).toBe("/confirmed?n=tides");
});
