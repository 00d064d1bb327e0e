import { afterEach, beforeEach, expect, test } from "vitest";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { minute, openWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
});
afterEach(() => world.close());

const ada = "ada@reader.example";

/** Signs up once the cool-down is over and returns the mails that come of it. */
async function mailsAfter(
  slugs: string[],
): Promise<{ confirms: boolean; text: string; html: string; subject: string }[]> {
  const before = (await world.mails(ada)).length;
  world.advance(11 * minute);
  await world.signUp(ada, slugs);
  await world.drain();
  return (await world.mails(ada)).slice(before).map((mail) => ({ ...mail, confirms: mail.confirmLink !== "" }));
}

async function leave(): Promise<void> {
  await world.send("tides", "one");
  await world.drain();
  await world.post((await world.mails(ada)).at(-1)?.leaveLink ?? "");
}

test("a new address is asked to confirm", async () => {
  expect(await mailsAfter(["tides"])).toMatchObject([
    { confirms: true, text: expect.stringContaining("The tides letter") },
  ]);
});

test("a pending address is asked once more", async () => {
  await mailsAfter(["tides"]);
  expect(await mailsAfter(["tides"])).toMatchObject([{ confirms: true }]);
});

test("an active reader is told so, and has nothing to press", async () => {
  await world.join(ada, "tides");
  const [mail, ...others] = await mailsAfter(["tides"]);
  expect(others).toEqual([]);
  expect(mail?.confirms).toBe(false);
  expect(mail?.subject).toMatch(/already/i);
  expect(mail?.text).toContain("The tides letter");
});

test("someone who left is asked to confirm afresh", async () => {
  await world.join(ada, "tides");
  await leave();
  expect(await mailsAfter(["tides"])).toMatchObject([{ confirms: true }]);
});

test("a sign-up for what is held and what is new gets one confirmation that names both", async () => {
  await world.join(ada, "tides");
  const [mail, ...others] = await mailsAfter(["tides", "ferries"]);
  expect(others).toEqual([]);
  expect(mail?.confirms).toBe(true);
  for (const part of [mail?.text, mail?.html]) {
    expect(part).toContain("The tides letter");
    expect(part).toContain("The ferries letter");
  }
});

test.each(["complaint", "hard-bounce", "manual"] as const)(
  "an address suppressed by %s gets nothing",
  async (reason) => {
    await addSuppression(world.ctx, { address: ada, reason });
    expect(await mailsAfter(["tides"])).toEqual([]);
  },
);

test("an active reader suppressed meanwhile is not even told so", async () => {
  await world.join(ada, "tides");
  await addSuppression(world.ctx, { address: ada, reason: "complaint" });
  expect(await mailsAfter(["tides"])).toEqual([]);
});

test("where one newsletter is suppressed, the mail is about the others alone", async () => {
  await addSuppression(world.ctx, { address: ada, newsletter: "tides" });
  const [mail, ...others] = await mailsAfter(["tides", "ferries"]);
  expect(others).toEqual([]);
  expect(mail?.text).toContain("The ferries letter");
  expect(mail?.text).not.toContain("The tides letter");
});

test("an active reader who also chooses a suppressed newsletter is told of the one held", async () => {
  await world.join(ada, "ferries");
  await addSuppression(world.ctx, { address: ada, newsletter: "tides" });
  const [mail, ...others] = await mailsAfter(["tides", "ferries"]);
  expect(others).toEqual([]);
  expect(mail?.confirms).toBe(false);
  expect(mail?.text).toContain("The ferries letter");
});

test("an erased address is asked like a new one", async () => {
  await world.join(ada, "tides");
  await erase(world.ctx, { address: ada });
  expect(await mailsAfter(["tides"])).toMatchObject([{ confirms: true }]);
});

test("an address that had complained before it was erased gets nothing", async () => {
  await world.join(ada, "tides");
  await addSuppression(world.ctx, { address: ada, reason: "complaint" });
  await erase(world.ctx, { address: ada });
  expect(await mailsAfter(["tides"])).toEqual([]);
});

test("a mail that waits is dropped when its reader is suppressed, leaves or is erased before it leaves", async () => {
  await world.signUp("suppressed@reader.example", "tides");
  await world.signUp("erased@reader.example", "tides");
  await addSuppression(world.ctx, { address: "suppressed@reader.example" });
  await erase(world.ctx, { address: "erased@reader.example" });
  await world.drain();
  expect(await world.mails()).toEqual([]);
});

test("before operator, postal address and privacy page are set, mails wait, and leave once they are", async () => {
  await using bare = await openWorld({ instance: null });
  await bare.newsletter("tides");
  await bare.signUp(ada, "tides");
  await bare.drain();
  expect(await bare.mails()).toEqual([]);
  await bare.instance({
    operator: "Courier Ltd",
    postalAddress: "4 Quay",
    privacyUrl: "https://courier.example/privacy",
  });
  await bare.drain();
  expect(await bare.mails(ada)).toHaveLength(1);
});
