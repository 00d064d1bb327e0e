import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { AppContext } from "../../src/context.ts";
import { createTurnstile } from "../../src/http/turnstile.ts";
import { createLog } from "../../src/log.ts";
import { answerOf, ask, challengeFor, networkNo } from "../subscription/guard/asking.ts";
import { countingApp } from "../world/counting.ts";
import { openWorld, type World } from "../world.ts";

const page = "https://paper.example";

type Told = Awaited<ReturnType<NonNullable<AppContext["turnstile"]>>>;

/** A form with a token; `origin` null: whoever sends it names none. */
interface Form {
  readonly told: Told;
  readonly token?: string;
  /** Chosen beside "tides". */
  readonly beside?: string;
  readonly origin?: string | null;
}

let next = 0;

/** Whether it is answered at once although a proof of work is asked for. */
async function isVouched(world: World, form: Form): Promise<boolean> {
  const { told, token = "t", beside = "tides", origin = page } = form;
  next += 1;
  const email = `reader${next}@gmail.com`;
  const app = createApp({ ...world.ctx, turnstile: async () => told });
  const headers: Record<string, string> = origin === null ? {} : { origin };
  const sent = { email, newsletters: beside, ...(token === "" ? {} : { "cf-turnstile-response": token }) };
  expect((await ask({ app }, networkNo(next), sent, headers)).status).toBe(303);
  return (await answerOf(world, email)).reason === null;
}

async function openGuarded(): Promise<World> {
  return openWorld({ guarded: true, instance: { challenge: "always" } });
}

const solvedOn = (hostname: string) => ({ hostname, action: "subscribe" });

test("a token counts for its action, on our own pages and, where any site may hold the form, on the one that sent it (DOI-27)", async () => {
  await using world = await openGuarded();
  await world.newsletter("tides");
  const told = solvedOn("paper.example");
  expect(await isVouched(world, { told })).toBe(true);
  expect(await isVouched(world, { told: solvedOn("letters.harbourcourier.example") })).toBe(true);
  expect(await isVouched(world, { told: solvedOn("elsewhere.example") })).toBe(false);
  expect(await isVouched(world, { told: solvedOn(""), origin: "null" })).toBe(false);
  expect(await isVouched(world, { told, origin: null })).toBe(false);
  expect(await isVouched(world, { told: { ...told, action: "login" } })).toBe(false);
  expect(await isVouched(world, { told: null })).toBe(false);
  expect(await isVouched(world, { told, token: "" })).toBe(false);
  expect(await isVouched(world, { told, token: "t".repeat(2_049) })).toBe(false);
});

test.each<{ name: string; vouched: boolean; form: Omit<Form, "told"> & { hostname: string } }>([
  { name: "on a listed site", vouched: true, form: { hostname: "paper.example" } },
  { name: "on our own pages", vouched: true, form: { hostname: "letters.harbourcourier.example", origin: null } },
  {
    name: "on a listed site, by a program without an origin",
    vouched: true,
    form: { hostname: "paper.example", origin: null },
  },
  {
    name: "on a listed site with a port",
    vouched: true,
    form: { hostname: "www.paper.example", origin: "https://www.paper.example:8443" },
  },
  {
    name: "on a bot's own site, under our origin",
    vouched: false,
    form: { hostname: "bot.example", origin: "https://letters.harbourcourier.example" },
  },
  { name: "on a bot's own site, under a listed origin", vouched: false, form: { hostname: "bot.example" } },
  { name: "on a bot's own site, without an origin", vouched: false, form: { hostname: "bot.example", origin: null } },
  { name: "on a site below a listed one", vouched: false, form: { hostname: "blog.paper.example" } },
  { name: "on a site that another newsletter lists", vouched: false, form: { hostname: "harbour.example" } },
  {
    name: "on a site that another chosen newsletter lists",
    vouched: true,
    form: { hostname: "harbour.example", beside: "ferries" },
  },
  {
    name: "on a bot's own site, with a newsletter that has no list",
    vouched: false,
    form: { hostname: "bot.example", origin: "https://bot.example", beside: "anywhere" },
  },
])("for a newsletter that lists its sites, a token solved $name vouches: $vouched", async ({ vouched, form }) => {
  await using world = await openGuarded();
  await world.newsletter("tides", { origins: [page, "https://www.paper.example:8443"] });
  await world.newsletter("ferries", { origins: ["https://harbour.example"] });
  await world.newsletter("anywhere");
  const { hostname, ...rest } = form;
  expect(await isVouched(world, { ...rest, told: solvedOn(hostname) })).toBe(vouched);
});

test("a bot that solves it on its own site, and says so, may not ask more often than whoever solves nothing", async () => {
  await using world = await openWorld({ guarded: true, instance: { signupLimits: { network: 1 } } });
  await world.newsletter("tides", { origins: [page] });
  const twice = async (network: string, hostname: string, origin: string) => {
    const app = createApp({ ...world.ctx, turnstile: async () => solvedOn(hostname) });
    const fields = { email: `${hostname}@gmail.com`, "cf-turnstile-response": "t" };
    await ask({ app }, network, fields, { origin });
    return (await ask({ app }, network, fields, { origin })).status;
  };
  expect(await twice("192.0.2.1", "bot.example", "https://bot.example")).toBe(429);
  expect(await twice("192.0.2.2", "paper.example", page)).toBe(303);
});

test("to know the sites costs no statement where the browser names its own, and none for a token that does not hold", async () => {
  await using world = await openGuarded();
  await world.newsletter("tides", { origins: [page] });
  const counting = countingApp(world);
  try {
    const statements = async (told: Told) => {
      const app = createApp({ ...counting.ctx, turnstile: async () => told });
      const fields = { email: "ada@gmail.com", "cf-turnstile-response": "t" };
      await ask({ app }, networkNo(next), fields, { origin: page });
      counting.count();
      await ask({ app }, networkNo(next), fields, { origin: page });
      return counting.count().statements;
    };
    const vouched = await statements(solvedOn("paper.example"));
    expect(vouched).toEqual(await statements(null));
    expect(vouched.length).toBeGreaterThan(4);
  } finally {
    counting.close();
  }
});

test("the site key is handed out only where its word can be checked", async () => {
  await using world = await openWorld({ instance: { turnstileSite: "0x4AAAAAAAtides" } });
  await world.newsletter("tides");
  expect(await challengeFor(world)).toMatchObject({ turnstile: null });
  const app = createApp({ ...world.ctx, turnstile: async () => null });
  expect(await challengeFor({ app })).toMatchObject({ turnstile: "0x4AAAAAAAtides" });
});

/** Cloudflare's verifier, as far as it is used. */
async function serve(answer: string): Promise<{ fetcher: typeof fetch; sent: string[] }> {
  const sent: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      sent.push(`${request.method} ${request.headers["content-type"]} ${body}`);
      response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { fetcher: (_, init) => fetch(`http://127.0.0.1:${port}/`, init), sent };
}

function quiet(lines: string[] = []) {
  return createLog((line) => lines.push(line), Date.now);
}

test("secret and token go to Cloudflare in a form, and its word comes back", async () => {
  const { fetcher, sent } = await serve('{"success":true,"hostname":"paper.example","action":"subscribe"}');
  const check = createTurnstile("secret", quiet(), fetcher);
  expect(await check("token")).toEqual({ hostname: "paper.example", action: "subscribe" });
  expect(sent).toEqual(["POST application/x-www-form-urlencoded;charset=UTF-8 secret=secret&response=token"]);
});

test.each(['{"success":false,"error-codes":["timeout-or-duplicate"]}', "{}", '{"success":"true"}', "no JSON"])(
  "anything but a plain yes vouches for nobody: %s",
  async (answer) => {
    const { fetcher } = await serve(answer);
    expect(await createTurnstile("secret", quiet(), fetcher)("token")).toBe(null);
  },
);

test("a Cloudflare that cannot be reached vouches for nobody, and the log says so without the secret", async () => {
  const lines: string[] = [];
  const check = createTurnstile("hunter2", quiet(lines), () => Promise.reject(new Error("refused")));
  expect(await check("token")).toBe(null);
  expect(lines.join("\n")).toContain("turnstile has not answered");
  expect(lines.join("\n")).not.toContain("hunter2");
});
