import { expect, test } from "vitest";
import { openWorld } from "../world.ts";

test("a reader signs up, gets one mail, presses its button, and is subscribed", async () => {
  await using world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome aboard.", thanks: "The next one leaves at six." });

  const hub = await (await world.get("/")).text();
  expect(hub).toContain("The tides letter");
  await world.signUp("ada@reader.example", "tides");
  await world.drain();

  const [mail, ...others] = await world.mails();
  expect(others).toEqual([]);
  expect(mail?.to).toBe("ada@reader.example");
  expect(mail?.text).toContain("The tides letter");

  const page = await (await world.get(mail?.confirmLink ?? "")).text();
  expect(page).toContain("a•••@reader.example");
  const answer = await world.confirm("ada@reader.example");
  expect(answer.status).toBe(303);
  const there = await (await world.get(answer.headers.get("location") ?? "")).text();
  expect(there).toContain("The next one leaves at six.");

  await world.drain();
  const subjects = (await world.mails("ada@reader.example")).map((one) => one.subject);
  expect(subjects).toHaveLength(2);
  expect((await world.mails()).at(-1)?.text).toContain("Welcome aboard.");

  await world.send("tides", "first");
  await world.drain();
  const issue = (await world.mails("ada@reader.example")).at(-1);
  expect(issue?.subject).toBe("News of first");
  expect(issue?.headers.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
});
