import { expect, test } from "vitest";
import { hour, openWorld } from "../world.ts";

test("pressing again, on two devices at once or a day later, always ends well and welcomes once", async () => {
  await using world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome aboard." });
  await world.signUp("ada@reader.example", "tides");
  await world.drain();
  const link = (await world.mails())[0]?.confirmLink ?? "";

  const answers = await Promise.all(Array.from({ length: 50 }, () => world.post(link)));
  await world.drain();
  world.advance(25 * hour);
  answers.push(await world.post(link));
  await world.drain();

  const seen = new Set(answers.map((answer) => `${answer.status} ${answer.headers.get("location")}`));
  expect([...seen]).toEqual(["303 /confirmed?n=tides"]);
  const welcomes = (await world.mails()).filter((mail) => mail.text.includes("Welcome aboard."));
  expect(welcomes).toHaveLength(1);

  await world.send("tides", "one");
  await world.drain();
  expect((await world.mails()).filter((mail) => mail.subject === "News of one")).toHaveLength(1);
});
