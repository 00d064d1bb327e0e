import { afterAll, beforeAll, expect, test } from "vitest";
import { dump } from "../world/dump.ts";
import { openWorld, type World } from "../world.ts";

const purposes = ["confirm", "leave", "undo", "preferences", "manage", "address", "archive"] as const;
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
  await world.newsletter("harbour");
  await world.join("bea@reader.example", "harbour");
  world.advance(10 * 60_000);
  await world.post("/preferences", { email: "ada@reader.example" });
  world.advance(10 * 60_000);
  await world.drain();
  const manageLink = (await world.mails("ada@reader.example")).at(-1)?.manageLink ?? "";
  await world.post(manageLink, { do: "address", email: "ada@elsewhere.example" });
  await world.drain();
  const addressLink = (await world.mails("ada@elsewhere.example")).at(-1)?.addressLink;
  const [leaving] = await world.ctx.store.db
    .selectFrom("subscribers")
    .select("id")
    .where("email", "like", "bea%")
    .execute();
  const mails = (await world.mails("ada@reader.example")).filter((mail) => mail.manageLink === "");
  const end = (url: string | undefined) => new URL(url ?? "").pathname.split("/").at(-1) ?? "";
  tokens = {
    confirm: end(mails.findLast((mail) => mail.confirmLink !== "")?.confirmLink),
    leave: end(mails.at(-1)?.leaveLink),
    preferences: end(mails.at(-1)?.preferencesLink),
    undo: world.ctx.signer.sign("undo", [3, leaving?.id ?? 0, world.clock.now]),
    manage: end(manageLink),
    address: end(addressLink),
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
  ["undo", "POST", (token) => `/u/${token}/undo`],
  ["undo", "POST", (token) => `/u/${token}/reason`],
  ["manage", "GET", (token) => `/manage/${token}`],
  ["manage", "POST", (token) => `/manage/${token}`],
  ["manage", "GET", (token) => `/manage/${token}/data`],
  ["manage", "GET", (token) => `/manage/${token}/erase`],
  ["manage", "POST", (token) => `/manage/${token}/erase`],
  ["address", "GET", (token) => `/address/${token}`],
  ["address", "POST", (token) => `/address/${token}`],
  ["archive", "GET", (token) => `/n/tides/one?preview=${token}`],
];

const wrong = routes.flatMap(([of, method, path]) =>
  purposes.filter((purpose) => purpose !== of).map((purpose) => ({ purpose, method, path })),
);

test.each(wrong)(
  "a $purpose token opens nothing by $method at another's address, and changes nothing (DOI-03)",
  async (one) => {
    // Slowly enough that the limit of wrong links stays out of it (DOI-12).
    world.advance(11_000);
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
