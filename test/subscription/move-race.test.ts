import { expect, test } from "vitest";
import { minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const moved = "ada@elsewhere.example";

interface Links {
  readonly world: World;
  readonly confirm: string;
  readonly issue: string;
  readonly manage: string;
  readonly move: string;
}

/** A reader with each kind of link, one press away from another address. */
async function opened(): Promise<Links> {
  const world = await openWorld();
  for (const slug of ["tides", "ferries", "markets"]) await world.newsletter(slug);
  await world.join(ada, "tides");
  world.advance(11 * minute);
  await world.signUp(ada, "markets");
  await world.drain();
  const confirm = (await world.mails(ada)).at(-1)?.confirmLink ?? "";
  await world.send("tides", "one");
  await world.drain();
  const issue = (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
  world.advance(60 * minute);
  await world.post("/preferences", { email: ada });
  await world.drain();
  const manage = (await world.mails(ada)).at(-1)?.manageLink ?? "";
  await world.post(manage, { do: "address", email: moved });
  await world.drain();
  const move = (await world.mails(moved)).at(-1)?.addressLink ?? "";
  return { world, confirm, issue, manage, move };
}

/** Lets so many steps of whatever was begun pass before the next begins. */
async function steps(n: number): Promise<void> {
  for (let step = 0; step < n; step += 1) await Promise.resolve();
}

async function rows(world: World): Promise<{ email: string; name: string }[]> {
  return world.ctx.store.db.selectFrom("subscribers").select(["email", "name"]).execute();
}

test.each([
  [
    "joining by the link of an issue",
    ({ world, issue }: Links) => world.post(issue, { do: "join", newsletter: "ferries" }),
  ],
  ["asking for a new link by an old confirmation mail", ({ world, confirm }: Links) => world.post(`${confirm}/renew`)],
])("%s while the address moves fails nobody, and mails nothing to the old one", async (_what, act) => {
  for (const apart of [0, 5, 10, 15, 20]) {
    const links = await opened();
    const { world, move } = links;
    const asked = act(links);
    await steps(apart);
    const answers = await Promise.all([asked, world.post(move)]);
    expect(answers[0].status, `${apart}`).toBeLessThan(400);
    expect(answers[1].status, `${apart}`).toBe(200);
    const before = (await world.mails(ada)).length;
    world.advance(60 * minute);
    await world.drain();
    expect(await world.mails(ada)).toHaveLength(before);
    expect(await rows(world)).toEqual([{ email: moved, name: "" }]);
    world.close();
  }
});

test("erasing oneself while the address moves erases, and remembers the address that it was then (LAW-05)", async () => {
  for (const apart of [0, 4, 8, 12, 16, 20, 24, 28]) {
    const { world, move, manage } = await opened();
    const pressed = world.post(move);
    await steps(apart);
    const [answer] = await Promise.all([world.post(`${manage}/erase`), pressed]);
    const erased = answer.status === 200;
    // Once the move is through, the link to the old address has ended, and says so.
    expect(answer.status).toBe(erased ? 200 : 410);
    expect(await rows(world)).toHaveLength(erased ? 0 : 1);
    const kept = await world.ctx.store.db.selectFrom("suppressions").select("hash").execute();
    expect(kept).toHaveLength(erased ? 1 : 0);
    const who = (await pressed).status === 200 ? moved : ada;
    if (erased) expect(kept[0]?.hash).toBe(world.ctx.signer.keyedHash("suppression", who));
    world.close();
  }
});
