import { expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { type Call, courseOf, everything, moveBetween, openBusy, openFresh, sideOf, tokensOf } from "./places.ts";

class Killed extends Error {}

/** Ends the process that moves at its nth call: before the server has seen it, or behind the server's answer. */
function killer() {
  let left = 0;
  let calls = 0;
  return {
    arm: (at: number) => {
      left = at;
      calls = 0;
    },
    calls: () => calls,
    async cut({ go }: Call): Promise<Response> {
      calls += 1;
      left -= 1;
      if (left !== 0) return go();
      if (calls % 2 === 0) await go();
      throw new Killed();
    },
  };
}

test("killed at every call and started again, it ends with the same rows on both sides, and loses no sign-up made meanwhile", async () => {
  await using source = await openBusy(60);
  await using target = await openFresh(source);
  const own = await tokensOf(target);
  const kill = killer();
  const course = courseOf(sideOf(source, "old", kill.cut), sideOf(target, "new", kill.cut));
  const accepted: string[] = [];
  let ended = false;
  for (let at = 1; !ended; at += 1) {
    kill.arm(at);
    try {
      await moveBetween(course);
      ended = true;
    } catch (fault) {
      if (!(fault instanceof Killed)) throw fault;
    }
    const address = `meanwhile${at}@example.org`;
    const answer = await source.post("/subscribe", { email: address, newsletter: "morning" });
    if (answer.status === 303) accepted.push(address);
    else expect(answer.status).toBe(503);
  }
  expect(kill.calls()).toBeGreaterThan(40);
  expect(accepted.length).toBeGreaterThan(10);
  const there = await everything(target, own);
  expect(there).toEqual(await everything(source));
  for (const address of accepted)
    expect(
      there.subscribers?.some((row) => row.includes(address)),
      address,
    ).toBe(true);
}, 120_000);

test("a page that comes twice, or late, changes nothing", async () => {
  await using source = await openBusy(60);
  await using target = await openFresh(source);
  const own = await tokensOf(target);
  const twice = sideOf(target, "new", async ({ method, go }) => {
    if (method === "PUT") await go();
    return go();
  });
  await moveBetween(courseOf(sideOf(source, "old"), twice));
  expect(await everything(target, own)).toEqual(await everything(source));
});

test("answers that fail for a while are asked for again, and a server that stays away is named", async () => {
  await using source = await openBusy(20);
  await using target = await openFresh(source);
  const waits: number[] = [];
  let broken = 3;
  const flaky = sideOf(target, "new", async ({ go }) => {
    broken -= 1;
    if (broken >= 0) throw new AppError("unavailable", "The server new cannot be reached.");
    return go();
  });
  const course = courseOf(sideOf(source, "old"), flaky, {
    pause: async (ms) => {
      waits.push(ms);
    },
  });
  await moveBetween(course);
  expect(waits).toEqual([1_000, 2_000, 4_000]);
  broken = Number.POSITIVE_INFINITY;
  await expect(moveBetween(course)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("new"),
  });
});

test("readers who leave and readers who are erased while it copies are gone at the target too", async () => {
  await using source = await openBusy(40);
  await using target = await openFresh(source);
  const own = await tokensOf(target);
  const [mail] = await source.mails("ada@example.org");
  const issue = (await source.mails("ada@example.org")).at(-1);
  expect(mail).toBeDefined();
  let done = false;
  const during = sideOf(target, "new", async ({ path, method, go }) => {
    const answer = await go();
    if (done || method !== "PUT" || !path.endsWith("/notices")) return answer;
    done = true;
    const oneClick = /<(https:[^>]+)>/.exec(issue?.headers.get("list-unsubscribe") ?? "")?.[1] ?? "";
    expect((await source.post(oneClick, { "List-Unsubscribe": "One-Click" })).status).toBe(200);
    const { erase } = await import("../../src/subscription/erase.ts");
    await erase(source.ctx, { address: "ben@example.org" });
    return answer;
  });
  await moveBetween(courseOf(sideOf(source, "old"), during));
  expect(done).toBe(true);
  const there = await everything(target, own);
  expect(there).toEqual(await everything(source));
  expect(there.subscribers?.some((row) => row.includes("ben@example.org"))).toBe(false);
});
