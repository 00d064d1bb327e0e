import { afterEach, beforeEach, expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { dump } from "../world/dump.ts";
import { day, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const moved = "ada@elsewhere.example";

let world: World;
let manage: string;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.join(ada, ["tides", "ferries"]);
  world.advance(20 * minute);
  manage = await freshLink(ada);
});
afterEach(() => world.close());

async function freshLink(email: string): Promise<string> {
  await world.post("/preferences", { email });
  await world.drain();
  return (await world.mails(email)).at(-1)?.manageLink ?? "";
}

async function ask(email = moved): Promise<string> {
  await world.post(manage, { do: "address", email });
  await world.drain();
  return (await world.mails(email)).at(-1)?.addressLink ?? "";
}

async function addresses(): Promise<string[]> {
  const rows = await world.ctx.store.db.selectFrom("subscribers").select("email").orderBy("id").execute();
  return rows.map(({ email }) => email);
}

/** Whom the next issue goes to. */
async function next(newsletter = "tides"): Promise<string[]> {
  const before = (await world.recipients()).length;
  world.advance(1);
  await world.send(newsletter, `n${world.clock.now}`);
  await world.drain();
  return (await world.recipients()).slice(before).sort();
}

test("nothing changes before the new address has said yes; then everything goes there and nothing to the old one", async () => {
  const answer = await world.post(manage, { do: "address", email: moved });
  expect(await answer.text()).toContain("If this address can be used, a mail is on its way to it.");
  await world.drain();
  const [mail] = await world.mails(moved);
  expect(mail?.subject).toBe("Please confirm your new address");
  // Nothing that the other address holds: whoever typed this one may be anybody (I8).
  expect(mail?.text).not.toContain("reader.example");
  expect(await next()).toEqual([ada]);

  const page = await (await world.get(mail?.addressLink ?? "")).text();
  expect(page).toContain("a•••@reader.example");
  expect(page).toContain("a•••@elsewhere.example");
  const done = await world.press(mail?.addressLink ?? "", /\/address\//);
  expect(await done.text()).toContain("Your address is changed");
  expect(await addresses()).toEqual([moved]);
  expect(await next()).toEqual([moved]);
  expect(await next("ferries")).toEqual([moved]);
});

test("generations, proofs and the links of old issues to leave stay as they are", async () => {
  await world.send("tides", "before");
  await world.drain();
  const leave = (await world.mails(ada)).at(-1)?.leaveLink ?? "";
  await world.post(await ask());
  const proofs = await world.ctx.store.db.selectFrom("consents").select(["event", "method"]).orderBy("id").execute();
  expect(proofs.map(({ event, method }) => `${event} ${method}`)).toEqual([
    ...["asked form", "asked form", "confirmed link", "confirmed link", "asked address", "asked address"],
  ]);
  await world.join("bea@reader.example", "tides");
  expect(await next()).toEqual([moved, "bea@reader.example"].sort());
  expect((await world.post(leave)).status).toBe(200);
  expect(await next()).toEqual(["bea@reader.example"]);
});

test("fifty presses at once move once, and all are told so", async () => {
  const link = await ask();
  const answers = await Promise.all(Array.from({ length: 50 }, () => world.post(link)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await addresses()).toEqual([moved]);
  expect((await world.post(link)).status).toBe(200);
});

test("links that the old address was mailed change nothing any more", async () => {
  const link = await ask();
  await world.post(link);
  expect((await world.get(manage)).status).toBe(410);
  const before = await dump(world);
  expect((await world.post(manage, { do: "address", email: "third@elsewhere.example" })).status).toBe(410);
  expect((await world.post(`${manage}/erase`)).status).toBe(410);
  expect(await dump(world)).toBe(before);
});

test("two readers are never made one: an address that has newsletters of its own stays its own", async () => {
  await world.join(moved, "ferries");
  world.advance(20 * minute);
  const link = await ask();
  expect(link).not.toBe("");
  const answer = await world.post(link);
  expect(answer.status).toBe(409);
  expect(await addresses()).toEqual([ada, moved]);
  expect(await next("ferries")).toEqual([moved, ada].sort());
});

test.each(["waits", "was disowned"])(
  "a sign-up with the new address that %s is nobody's, and in nobody's way",
  async (how) => {
    await world.signUp(moved, "ferries", { form: "theirs" });
    await world.drain();
    const confirm = (await world.mails(moved))[0]?.confirmLink ?? "";
    if (how === "was disowned") await world.post(`${confirm}/not-me`);
    world.advance(20 * minute);
    const link = await ask();
    await world.signUp(moved, "tides");
    expect((await world.post(link)).status).toBe(200);
    expect(await addresses()).toEqual([moved]);
    expect((await world.post(confirm)).status).toBe(410);
    expect(await next("tides")).toEqual([moved]);
    expect(await next("ferries")).toEqual([moved]);
    const strangers = await world.ctx.store.db
      .selectFrom("consents")
      .select("form")
      .where("form", "=", "theirs")
      .execute();
    expect(strangers).toEqual([]);
  },
);

test("an address that was taken or suppressed after the mail is refused in the same words", async () => {
  const first = await ask();
  await addSuppression(world.ctx, { address: moved, reason: "complaint" });
  const suppressed = await (await world.post(first)).text();
  world.advance(15 * minute);
  manage = await freshLink(ada);
  const taken = "taken@elsewhere.example";
  const second = await ask(taken);
  world.advance(20 * minute);
  await world.join(taken, "tides");
  const refused = await world.post(second);
  expect(refused.status).toBe(409);
  expect(await refused.text()).toBe(suppressed);
});

test("the page answers alike whoever has the new address, and a suppressed one gets no mail", async () => {
  await world.join("bea@reader.example", "tides");
  await addSuppression(world.ctx, { address: "gone@reader.example" });
  const pages: string[] = [];
  for (const email of ["bea@reader.example", "gone@reader.example", "new@reader.example"]) {
    pages.push(
      (await (await world.post(manage, { do: "address", email })).text()).replaceAll(/\d{10}\.[0-9a-f]{32}/g, ""),
    );
  }
  expect(new Set(pages).size).toBe(1);
  await world.drain();
  expect(await world.mails("gone@reader.example")).toEqual([]);
});

test("only a fresh link may ask: the one of an issue, which may have been forwarded, may not", async () => {
  await world.send("tides", "one");
  await world.drain();
  const link = (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
  expect((await world.post(link, { do: "address", email: moved })).status).toBe(200);
  await world.drain();
  expect(await world.mails(moved)).toEqual([]);
});

test("a day later its link has expired, and nothing moves", async () => {
  const link = await ask();
  world.advance(day + 1);
  expect((await world.get(link)).status).toBe(410);
  expect((await world.post(link)).status).toBe(410);
  expect(await addresses()).toEqual([ada]);
});

test("what keeps an address from one newsletter keeps the new one from it too", async () => {
  await addSuppression(world.ctx, { address: ada, newsletter: "tides" });
  await world.post(await ask());
  expect(await next("ferries")).toEqual([moved]);
  await world.join("bea@reader.example", "tides");
  expect(await next("tides")).toEqual(["bea@reader.example"]);
});

test("another spelling of the same address is confirmed the same way", async () => {
  world.advance(20 * minute);
  const link = await ask("Ada@reader.example");
  expect((await world.post(link)).status).toBe(200);
  expect(await addresses()).toEqual(["Ada@reader.example"]);
});

test("asking for many addresses mails three of them in an hour, and those before the last confirm nothing", async () => {
  for (let time = 0; time < 20; time += 1) {
    await world.post(manage, { do: "address", email: `victim${time}@elsewhere.example` });
    await world.drain();
    world.advance(minute);
  }
  const victims = (await world.recipients()).filter((to) => to.startsWith("victim"));
  expect(victims).toHaveLength(3);
  for (const email of victims.slice(0, 2)) {
    expect((await world.post((await world.mails(email))[0]?.addressLink ?? "")).status).toBe(410);
  }
  expect(await addresses()).toEqual([ada]);
  expect((await world.post((await world.mails(victims[2] ?? ""))[0]?.addressLink ?? "")).status).toBe(200);
});

test("a mistyped address is put right a minute later, and whoever has it can confirm nothing any more", async () => {
  const wrong = await ask("ada@elsewhree.example");
  expect(wrong).not.toBe("");
  world.advance(minute);
  const right = await ask();
  expect(right).not.toBe("");
  expect((await world.get(wrong)).status).toBe(410);
  expect((await world.post(wrong)).status).toBe(410);
  expect(await addresses()).toEqual([ada]);
  expect((await world.post(right)).status).toBe(200);
  expect(await addresses()).toEqual([moved]);
});

test("a mail to a mistyped address that still waits never leaves", async () => {
  world.fault = () => ({ result: "unsure", reason: "down" });
  await world.signUp("typo@elsewhere.example", "tides");
  await world.drain();
  await world.post(manage, { do: "address", email: "typo@elsewhere.example" });
  world.fault = () => null;
  const right = await ask();
  world.advance(30 * minute);
  await world.drain();
  expect((await world.mails("typo@elsewhere.example")).map((mail) => mail.addressLink)).toEqual([""]);
  expect((await world.post(right)).status).toBe(200);
});

test("the same new address asked for twice gets one mail in ten minutes (DOI-22)", async () => {
  for (const email of [moved, moved.toUpperCase()]) await ask(email);
  world.advance(9 * minute);
  await ask();
  world.advance(30 * minute);
  await world.drain();
  expect(await world.mails(moved)).toHaveLength(1);
});

test("an old confirmation mail in the old mailbox does nothing to the new address, not even by saying that it was not them", async () => {
  const old = (await world.mails(ada))[0]?.confirmLink ?? "";
  await world.post(await ask());
  world.advance(day);
  for (const press of ["", "/renew", "/not-me", "/not-me/never"]) {
    expect(await (await world.post(`${old}${press}`)).text()).not.toContain("elsewhere");
  }
  await world.drain();
  expect(await next()).toEqual([moved]);
  const kept = await world.ctx.store.db.selectFrom("suppressions").select("email_key").execute();
  expect(kept).toEqual([]);
});

test("a new address that is suppressed before its mail leaves gets none", async () => {
  await world.post(manage, { do: "address", email: moved });
  await addSuppression(world.ctx, { address: moved });
  await world.drain();
  expect(await world.mails(moved)).toEqual([]);
});

test("a new address must be one that could sign up as well (DOI-24)", async () => {
  const answer = await world.post(manage, { do: "address", email: "abuse@elsewhere.example" });
  expect(answer.status).toBe(422);
  await world.drain();
  expect(await world.mails("abuse@elsewhere.example")).toEqual([]);
});

test("an address that was erased while a mail to it had no answer yet is kept and mailed no more (LAW-05)", async () => {
  const eve = "eve@reader.example";
  await world.join(eve, "tides");
  const before = (await world.mails(eve)).length;
  world.fault = () => ({ result: "unsure", reason: "silent" });
  await world.post(manage, { do: "address", email: eve });
  await world.drain();
  await erase(world.ctx, { address: eve });
  world.fault = () => null;
  world.advance(2 * minute);
  await tick(world.ctx);
  world.advance(10 * minute);
  await world.drain();
  expect(await world.mails(eve)).toHaveLength(before);
  const kept = await world.ctx.store.db.selectFrom("batches").select("members").execute();
  expect(JSON.stringify(kept)).not.toContain(eve);
});

test("the data that the reader gets afterwards still hold the mail that proves the consent (LAW-04)", async () => {
  await world.post(await ask());
  world.advance(20 * minute);
  const answer = await world.get(`${await freshLink(moved)}/data`);
  const { mails, consents } = (await answer.json()) as { mails: { kind: string }[]; consents: { event: string }[] };
  expect(mails.map(({ kind }) => kind)).toEqual(["confirmation", "link", "address", "link"]);
  expect(consents.map(({ event }) => event)).toContain("confirmed");
});
