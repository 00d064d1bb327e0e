import { afterAll, beforeAll, expect, test } from "vitest";
import { dump } from "../world/dump.ts";
import { openWorld, type World } from "../world.ts";

const purposes = ["confirm", "leave", "preferences", "archive"] as const;
type Purpose = (typeof purposes)[number];

let world: World;
let tokens: Record<Purpose, string>;
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.newsletter("ferries");
  await world.join("ada@reader.example", "tides");
  await world.signUp("ada@reader.example", "ferries");
  world.advance(10 * 60_000);
  await world.drain();
  const issue = await world.send("tides", "one");
  await world.drain();
  const mails = await world.mails("ada@reader.example");
  const end = (url: string | undefined) => new URL(url ?? "").pathname.split("/").at(-1) ?? "";
  tokens = {
    confirm: end(mails.findLast((mail) => mail.confirmLink !== "")?.confirmLink),
    leave: end(mails.at(-1)?.leaveLink),
    preferences: end(mails.at(-1)?.preferencesLink),
    archive: world.ctx.signer.sign("archive", [issue]),
  };
});
afterAll(() => world.close());

const routes: [of: Purpose, method: string, path: (token: string) => string][] = [
  ["confirm", "GET", (token) => `/confirm/${token}`],
  ["confirm", "POST", (token) => `/confirm/${token}`],
  ["confirm", "POST", (token) => `/confirm/${token}/renew`],
  ["leave", "GET", (token) => `/u/${token}`],
  ["leave", "POST", (token) => `/u/${token}`],
  ["preferences", "GET", (token) => `/p/${token}`],
  ["preferences", "POST", (token) => `/p/${token}`],
  ["archive", "GET", (token) => `/n/tides/one?preview=${token}`],
];

const wrong = routes.flatMap(([of, method, path]) =>
  purposes.filter((purpose) => purpose !== of).map((purpose) => ({ purpose, method, path })),
);

test.each(wrong)(
  "a $purpose token opens nothing by $method at another's address, and changes nothing (DOI-03)",
  async (one) => {
    const before = await dump(world);
    const answer = await world.app.request(one.path(tokens[one.purpose]), {
      method: one.method,
      ...(one.method === "POST" ? { body: new URLSearchParams({ newsletter: "all", by: "page", all: "1" }) } : {}),
    });
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("reader.example");
    expect(await dump(world)).toBe(before);
  },
);

test("each token opens what it was made for", async () => {
  for (const [of, method, path] of routes.filter(([, method]) => method === "GET")) {
    expect((await world.app.request(path(tokens[of]), { method })).status, of).toBe(200);
  }
});

test("a token binds its ids: another reader's or newsletter's cannot be made of it", async () => {
  const { signer } = world.ctx;
  const own = signer.read("leave", tokens.leave)?.ids;
  expect(own).toEqual([1, 1]);
  const forged = [...tokens.leave].map(
    (char, at) => tokens.leave.slice(0, at) + (char === "a" ? "b" : "a") + tokens.leave.slice(at + 1),
  );
  expect(forged.filter((token) => signer.read("leave", token) !== null)).toEqual([]);
});
