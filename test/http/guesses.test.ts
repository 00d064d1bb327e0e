import { expect, test } from "vitest";
import { guessWindow, mostGuesses } from "../../src/http/guesses.ts";
import { openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

function from(remoteAddress: string) {
  return { incoming: { socket: { remoteAddress } } };
}

async function guess(world: World, path: string, peer: string, init: RequestInit = {}): Promise<number> {
  return (await world.app.request(path, init, from(peer))).status;
}

test("wrong links of one address are paused after sixty, whatever they are for (DOI-12)", async () => {
  await using world = await openWorld();
  const paths = ["/confirm/abcdefgh", "/u/abcdefgh", "/p/abcdefgh"];
  for (let n = 0; n < mostGuesses; n += 1) {
    expect(await guess(world, paths[n % 3] ?? "", "203.0.113.9", n % 2 === 0 ? {} : { method: "POST" })).toBe(404);
  }
  const answer = await world.app.request("/u/abcdefgh", { method: "POST" }, from("203.0.113.9"));
  expect(answer.status).toBe(429);
  expect(answer.headers.get("retry-after")).toBe("600");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await guess(world, "/p/abcdefgh", "203.0.113.10")).toBe(404);
  world.advance(guessWindow);
  expect(await guess(world, "/u/abcdefgh", "203.0.113.9")).toBe(404);
});

test("links that work are honoured from the same address all the time (RULES §1.3)", async () => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  const leave = new URL((await world.mails(ada)).at(-1)?.leaveLink ?? "").pathname;
  for (let n = 0; n <= mostGuesses; n += 1) await guess(world, "/u/abcdefgh", "203.0.113.9");
  expect(await guess(world, "/u/abcdefgh", "203.0.113.9")).toBe(429);
  for (let n = 0; n < 100; n += 1) expect(await guess(world, leave, "203.0.113.9", { method: "POST" })).toBe(200);
});

test("wrong admin tokens are paused, a right one never (SEC-22)", async () => {
  await using world = await openWorld();
  const asking = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  for (let n = 0; n < mostGuesses; n += 1) {
    expect(await guess(world, "/api/newsletters", "203.0.113.9", asking(`tid_wrong${n}`))).toBe(401);
  }
  const answer = await world.app.request("/api/newsletters", asking("tid_wrong"), from("203.0.113.9"));
  expect(answer.status).toBe(429);
  expect(await answer.json()).toMatchObject({
    error: { code: "too-many", hint: expect.stringContaining("ten minutes") },
  });
  expect(await guess(world, "/api/newsletters", "203.0.113.9", asking(world.firstToken ?? ""))).toBe(200);
});

test("an IPv6 network of one household counts as one, and IPv4 in IPv6 as what it is", async () => {
  await using world = await openWorld();
  const wrong = "/confirm/abcdefgh";
  for (let n = 0; n < mostGuesses; n += 1) await guess(world, wrong, `2001:db8:1:2::${n.toString(16)}`);
  expect(await guess(world, wrong, "2001:db8:1:2:ffff::9")).toBe(429);
  expect(await guess(world, wrong, "2001:db8:1:3::1")).toBe(404);
  for (let n = 0; n < mostGuesses; n += 1) await guess(world, wrong, "::ffff:203.0.113.9");
  expect(await guess(world, wrong, "203.0.113.9")).toBe(429);
});
