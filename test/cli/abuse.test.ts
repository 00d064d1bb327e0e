import { expect, test } from "vitest";
import { ask, networkNo } from "../subscription/guard/asking.ts";
import { openStage, type Stage } from "./stage.ts";

async function open(): Promise<Stage> {
  const stage = await openStage({ guarded: true, now: Date.now() });
  await stage.world.newsletter("tides");
  await stage.world.newsletter("ferries");
  return stage;
}

test("status tells a quiet place that all is calm", async () => {
  await using stage = await open();
  const { out, err, code } = await stage.tidings(["abuse", "status"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^level +calm$/m);
  expect(out).toMatch(/^last ten minutes +0 sign-ups; usual 0, attack from 60$/m);
  expect(out).toMatch(/^proof of work +not asked for now$/m);
  expect(out).toMatch(/^last hour +0 of 5,000$/m);
  expect(out).toMatch(/^slow lane +empty$/m);
});

test("status tells what has come in, what waits and what was held back", async () => {
  await using stage = await open();
  const { world } = stage;
  for (let n = 0; n < 70; n += 1) await ask(world, networkNo(n), { email: `reader${n}@gmail.com` });
  for (let n = 0; n < 3; n += 1) await ask(world, networkNo(100), { email: `bot${n}@gmail.com`, subject_2: "x" });
  await ask(world, networkNo(101), { email: "ada@gmail.com", newsletter: "ferries" });
  const seen = await stage.json("abuse", "status");
  expect(seen).toMatchObject({
    level: "attack",
    challenge: "auto",
    required: true,

    threshold: 60,
    total: { name: "total", n: 74, limit: 5_000 },
    newsletters: [
      { name: "tides", n: 73, limit: 2_000 },
      { name: "ferries", n: 1, limit: 2_000 },
    ],
    lastDay: { slow: 11, trap: 3, network: 0, flood: 0 },
  });
  expect(seen.networks[0]).toEqual({ name: expect.stringMatching(/^[0-9a-f]{8}$/), n: 3, limit: 30 });
  expect(seen.lane.waiting).toBeGreaterThan(8);
  expect(seen.lane.endsAt).toEqual(expect.stringMatching(/T.*Z$/));
  const { out } = await stage.tidings(["abuse", "status"]);
  expect(out).toMatch(/^level +under attack$/m);
  expect(out).toMatch(/^proof of work +asked for now$/m);
  expect(out).toMatch(/^ {2}tides +73 of 2,000$/m);
  expect(out).not.toMatch(/198\.|@/);
});

test("status says what would help where nothing is asked for, and where a limit is reached", async () => {
  await using stage = await open();
  await stage.world.instance({ challenge: "never", signupLimits: { total: 50 } });
  for (let n = 0; n < 70; n += 1) await ask(stage.world, networkNo(n), { email: `reader${n}@gmail.com` });
  const { err } = await stage.tidings(["abuse", "status"]);
  expect(err).toContain("tidings instance set --challenge auto");
  expect(err).toContain("tidings instance set --signup-limit total=140");
});

test("the guard's settings are set by flags, and by none go back to the usual", async () => {
  await using stage = await open();
  const set = async (...flags: string[]) => (await stage.json("instance", "set", ...flags)).instance;
  const usual = { network: 30, domain: 100, newsletter: 2_000, total: 5_000 };
  expect((await stage.json("instance", "show")).instance.signupLimits).toEqual(usual);
  const changed = await set(
    ...[
      "--signup-limit",
      "network=300",
      "--signup-limit",
      "total=9",
      "--challenge",
      "always",
      "--role-addresses",
      "allow",
    ],
    ...["--disposable", "refuse", "--check-mx", "yes", "--turnstile-site", "0x4AAAAAAAtides", "--remind-hours", "24"],
    ...["--keep-unconfirmed-days", "30"],
  );
  expect(changed).toMatchObject({
    signupLimits: { ...usual, network: 300, total: 9 },
    challenge: "always",
    roleAddresses: "allow",
    disposable: "refuse",
    checkMx: true,
    turnstileSite: "0x4AAAAAAAtides",
    remindHours: 24,
    keepUnconfirmedDays: 30,
  });
  const back = await set(
    ...["--signup-limit", "total=none", "--check-mx", "no", "--turnstile-site", "", "--remind-hours", "none"],
  );
  expect(back).toMatchObject({
    signupLimits: { ...usual, network: 300 },
    checkMx: false,
    turnstileSite: null,
    remindHours: null,
  });
  expect((await set("--signup-limit", "none")).signupLimits).toEqual(usual);
  const { out } = await stage.tidings(["instance", "show"]);
  expect(out).toMatch(/^sign-ups an hour +30 a network, 100 a domain, 2,000 a newsletter, 5,000 in total$/m);
  expect(out).toMatch(/^unconfirmed kept +30 days after the last link expired$/m);
});

test.each([
  ["--signup-limit", "house=3"],
  ["--signup-limit", "network=0"],
  ["--signup-limit", "network"],
  ["--challenge", "sometimes"],
  ["--role-addresses", "maybe"],
  ["--disposable", "no"],
  ["--check-mx", "perhaps"],
  ["--turnstile-site", "a b"],
  ["--remind-hours", "0"],
  ["--keep-unconfirmed-days", "0"],
])("refuses %s %s and names the flag", async (flag, value) => {
  await using stage = await open();
  const { code, err } = await stage.tidings(["instance", "set", flag, value]);
  expect(code).toBe(2);
  expect(err).toContain(flag);
});
