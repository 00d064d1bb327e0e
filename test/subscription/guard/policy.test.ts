import { expect, test } from "vitest";
import { createApp } from "../../../src/app.ts";
import type { AppContext } from "../../../src/context.ts";
import { openWorld, type World } from "../../world.ts";

async function open(instance = {}): Promise<World> {
  const world = await openWorld({ instance });
  await world.newsletter("tides");
  return world;
}

async function tryOut(world: Pick<World, "app">, email: string): Promise<{ status: number; message: string }> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ email, newsletters: ["tides"] });
  const answer = await world.app.request("/subscribe", { method: "POST", headers, body });
  const told = (await answer.json()) as { error?: { message: string } };
  return { status: answer.status, message: told.error?.message ?? "" };
}

test.each(["abuse", "Postmaster", "hostmaster", "noc", "security", "abuse+news"])(
  "%s@ belongs to an office and may not sign up, unless the operator says so (ADR-07)",
  async (local) => {
    await using world = await open();
    const refused = await tryOut(world, `${local}@harbour.example`);
    expect(refused).toEqual({ status: 422, message: expect.stringContaining("belongs to an office") });
    await world.instance({ roleAddresses: "allow" });
    expect((await tryOut(world, `${local}@harbour.example`)).status).toBe(202);
  },
);

test.each(["info", "hello", "abuses", "news-security"])("%s@ may sign up", async (local) => {
  await using world = await open();
  expect((await tryOut(world, `${local}@harbour.example`)).status).toBe(202);
});

async function flagsOf(world: World): Promise<unknown> {
  const row = await world.ctx.store.db.selectFrom("subscriptions").select("source").executeTakeFirstOrThrow();
  return (JSON.parse(row.source) as { flags?: string }).flags;
}

test.each(["mailinator.com", "inbox.mailinator.com", "YOPMAIL.com"])(
  "an address of %s is noted as one for a day, refused or not looked at, as the operator likes (ADR-08)",
  async (domain) => {
    await using world = await open();
    expect((await tryOut(world, `ada@${domain}`)).status).toBe(202);
    expect(await flagsOf(world)).toBe("disposable");
    await world.instance({ disposable: "refuse" });
    expect(await tryOut(world, `bea@${domain}`)).toEqual({
      status: 422,
      message: expect.stringContaining("short time"),
    });
    await world.instance({ disposable: "allow" });
    expect((await tryOut(world, `cem@${domain}`)).status).toBe(202);
  },
);

test.each([
  "privaterelay.appleid.com",
  "icloud.com",
  "mozmail.com",
  "relay.firefox.com",
  "duck.com",
  "simplelogin.com",
  "aleeas.com",
  "addy.io",
  "anonaddy.me",
  "33mail.com",
  "gmail.com",
  "proton.me",
  "mailinator.com.example",
  "notmailinator.com",
])("a privacy relay or a provider is no address for a day: %s (ADR-08)", async (domain) => {
  await using world = await open({ disposable: "refuse" });
  expect((await tryOut(world, `ada@${domain}`)).status).toBe(202);
});

test("a domain that takes no mail is refused like a typing error where the operator has it asked, one that is silent is not (ADR-09)", async () => {
  await using world = await open();
  const asked: string[] = [];
  const answers: Record<string, "takes" | "refuses" | "unknown"> = {
    "gone.example": "refuses",
    "slow.example": "unknown",
  };
  const mailHost: AppContext["mailHost"] = async (domain) => {
    asked.push(domain);
    return answers[domain] ?? "takes";
  };
  const app = createApp({ ...world.ctx, mailHost });
  expect((await tryOut({ app }, "ada@gone.example")).status).toBe(202);
  expect(asked).toEqual([]);
  await world.instance({ checkMx: true });
  expect(await tryOut({ app }, "ada@gone.example")).toEqual({
    status: 422,
    message: expect.stringContaining("receives no mail"),
  });
  expect((await tryOut({ app }, "ada@slow.example")).status).toBe(202);
  expect((await tryOut({ app }, "ada@harbour.example")).status).toBe(202);
  expect(asked).toEqual(["gone.example", "slow.example", "harbour.example"]);
});
