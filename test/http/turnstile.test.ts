import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../src/app.ts";
import type { AppContext } from "../../src/context.ts";
import { createTurnstile } from "../../src/http/turnstile.ts";
import { createLog } from "../../src/log.ts";
import { answerOf, ask, challengeFor, networkNo } from "../subscription/guard/asking.ts";
import { openWorld, type World } from "../world.ts";

const page = "https://paper.example";

type Told = Awaited<ReturnType<NonNullable<AppContext["turnstile"]>>>;

let next = 0;

/** Whether a form with a token is answered at once although a proof of work is asked for. */
async function isVouched(world: World, told: Told, fields: Record<string, string>, origin = page): Promise<boolean> {
  next += 1;
  const email = `reader${next}@gmail.com`;
  const app = createApp({ ...world.ctx, turnstile: async () => told });
  expect((await ask({ app }, networkNo(next), { email, ...fields }, { origin })).status).toBe(303);
  return (await answerOf(world, email)).reason === null;
}

test("a token counts for its action, on our own pages and on the one that sent the form (DOI-27)", async () => {
  await using world = await openWorld({ guarded: true, instance: { challenge: "always" } });
  await world.newsletter("tides");
  const token = { "cf-turnstile-response": "t" };
  const good = { hostname: "paper.example", action: "subscribe" };
  expect(await isVouched(world, good, token)).toBe(true);
  expect(await isVouched(world, { ...good, hostname: "letters.harbourcourier.example" }, token)).toBe(true);
  expect(await isVouched(world, { ...good, hostname: "elsewhere.example" }, token)).toBe(false);
  expect(await isVouched(world, { ...good, hostname: "" }, token, "null")).toBe(false);
  expect(await isVouched(world, { ...good, action: "login" }, token)).toBe(false);
  expect(await isVouched(world, null, token)).toBe(false);
  expect(await isVouched(world, good, {})).toBe(false);
  expect(await isVouched(world, good, { "cf-turnstile-response": "t".repeat(2_049) })).toBe(false);
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
