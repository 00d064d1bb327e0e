import { exports } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { formsOf } from "../world/forms.ts";
import { ringText } from "../world/house.ts";
import { bound } from "./bindings.ts";
import { addMany, api, firstToken, furnish, type Installation, openInstallation, sendIssue } from "./installation.ts";
import { watched } from "./watched.ts";

async function openFurnished(...given: Parameters<typeof openInstallation>): Promise<Installation> {
  const installation = await openInstallation(...given);
  await furnish(installation);
  return installation;
}

function signUp(installation: Installation, email: string): Promise<Response> {
  return installation.post("/subscribe", { email, newsletter: "tide" });
}

/** As wrangler.toml has it. */
const here = "http://127.0.0.1:8787";

const each = (count: number) => Array.from({ length: count }, (_, at) => `reader${at + 1}@post.tld`).sort();

describe("a sign-up", () => {
  test("rings the bell, is mailed by the queue's message, and confirmed by its link", async () => {
    const worker = await openFurnished();
    expect((await signUp(worker, "ada@post.tld")).status).toBe(303);
    expect(worker.bell).toEqual([0]);
    expect(await worker.mails()).toEqual([]);
    expect(await worker.queue()).toBe(false);
    const [mail] = await worker.mails();
    expect(mail?.to).toBe("ada@post.tld");
    const page = await worker.fetch(mail?.confirmLink ?? "");
    const form = formsOf(await page.text()).find(({ action }) => action.includes("/confirm/"));
    expect((await worker.post(form?.action ?? "", {})).status).toBe(303);
    expect(await worker.rows("select status from subscriptions")).toEqual([{ status: "active" }]);
    await worker.settle();
    expect(await worker.recipients()).toEqual(["ada@post.tld"]);
  });

  test("is mailed by cron's look alone where its ring was lost", async () => {
    const deaf = await openFurnished({ BELL: { send: () => Promise.reject(new Error("the queue is away")) } });
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    expect((await signUp(deaf, "ada@post.tld")).status).toBe(303);
    await vi.waitFor(() => expect(told.mock.calls.flat().join()).toContain("bell not rung"));
    told.mockRestore();
    const worker = deaf.isolate({ BELL: { send: async (_, options) => deaf.bell.push(options?.delaySeconds ?? 0) } });
    await worker.scheduled();
    expect(worker.bell).toEqual([0]);
    await worker.queue();
    expect(await worker.recipients()).toEqual(["ada@post.tld"]);
  });

  test("goes through Cloudflare's own queue to the outbox, without anybody's help", async () => {
    const worker = await openInstallation({ TIDINGS_PUBLIC_URL: here } as never);
    await furnish(worker);
    const body = new URLSearchParams({ email: "ada@post.tld", newsletter: "tide" });
    const answer = await exports.default.fetch(`${here}/subscribe`, { method: "POST", body, redirect: "manual" });
    expect(answer.status).toBe(303);
    await vi.waitFor(async () => expect(await worker.recipients()).toEqual(["ada@post.tld"]), {
      timeout: 20_000,
      interval: 100,
    });
  });
});

describe("messages", () => {
  test("that come again, and those that come when nothing is owed, do nothing and ring for nobody", async () => {
    const worker = await openFurnished();
    expect(await worker.queue()).toBe(false);
    await signUp(worker, "ada@post.tld");
    for (let time = 0; time < 4; time += 1) expect(await worker.queue()).toBe(false);
    expect(await worker.recipients()).toEqual(["ada@post.tld"]);
    expect(worker.bell).toEqual([0]);
  });

  test("at the same time, with crons and sign-ups between them, in several isolates, pay each reader once", async () => {
    const worker = await openFurnished();
    const isolates = [worker, worker.isolate(), worker.isolate()];
    await addMany(worker, 150);
    await sendIssue(worker, "one", 150);
    await signUp(worker, "ada@post.tld");
    const done = await Promise.all(
      isolates.flatMap((one, at) => [one.queue(), one.scheduled(), one.queue(), signUp(one, `late${at}@post.tld`)]),
    );
    expect(done.filter((answer) => answer === true)).toEqual([]);
    await worker.settle();
    const late = [0, 1, 2].map((at) => `late${at}@post.tld`);
    expect(await worker.recipients()).toEqual(["ada@post.tld", ...late, ...each(150)].sort());
    expect(await worker.rows("select status from issues")).toEqual([{ status: "sent" }]);
  });

  test("for more than one invocation may do are followed by others, until 700 readers have their mail", async () => {
    const readers = 700;
    let statements = 0;
    const counting = watched(bound.DB, (_, several) => {
      statements += several;
      return undefined;
    });
    const worker = await openFurnished();
    await addMany(worker, readers);
    await sendIssue(worker, "one", readers);
    const made: number[] = [];
    const busy = worker.isolate({ DB: counting });
    for (let invocations = 0; worker.bell.length > 0; invocations += 1) {
      expect(invocations).toBeLessThan(30);
      worker.bell.shift();
      statements = 0;
      expect(await busy.queue()).toBe(false);
      made.push(statements);
    }
    expect(made.length).toBeGreaterThan(1);
    expect(Math.max(...made)).toBeLessThan(1_000);
    expect(await worker.recipients()).toEqual(each(readers));
    expect(await worker.rows("select status from issues")).toEqual([{ status: "sent" }]);
  });

  test("that fail come again, and cron pays where they have failed for good", async () => {
    const worker = await openFurnished();
    await signUp(worker, "ada@post.tld");
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const away = {
      prepare: () => {
        throw new Error("D1_ERROR: Network connection lost.");
      },
      batch: () => Promise.reject(new Error("D1_ERROR: Network connection lost.")),
    };
    expect(await worker.isolate({ DB: away }).queue()).toBe(true);
    expect(told.mock.calls.flat().join()).toContain("D1 did not answer in time");
    told.mockRestore();
    worker.bell.length = 0;
    await worker.settle();
    expect(await worker.recipients()).toEqual(["ada@post.tld"]);
  });
});

describe("where a secret is wrong", () => {
  test.each([
    ["missing", undefined],
    ["missing", "  "],
    ["damaged", ringText.slice(0, -5)],
    ["damaged", ringText.replace("Bw", "")],
  ])("a key ring that is %s is answered 503 with what to do, to every kind of call", async (how, ring) => {
    const worker = await openInstallation();
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = worker.isolate({ TIDINGS_KEY_RING: ring as string });
    const answer = await broken.fetch("/");
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([503, "no-store"]);
    const text = await answer.text();
    expect(text).toContain(`The key ring is ${how}.`);
    expect(text).toContain("npx wrangler secret put TIDINGS_KEY_RING");
    expect(await broken.queue()).toBe(true);
    await expect(broken.scheduled()).rejects.toThrow("key ring");
    told.mockRestore();
  });

  test("another installation's key ring is refused, and the words name no secret", async () => {
    const worker = await openFurnished();
    await signUp(worker, "ada@post.tld");
    await worker.queue();
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const other = ringText.replace('"id":1', '"id":9').replace('"current":1', '"current":9');
    const answer = await worker.isolate({ TIDINGS_KEY_RING: other }).fetch("/");
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain("BwcHB");
    told.mockRestore();
    expect((await worker.fetch("/")).status).toBe(200);
  });

  test("it starts as soon as the secret is mended, in the same isolate's next request", async () => {
    const worker = await openInstallation();
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const mended = worker.isolate({ TIDINGS_KEY_RING: "" });
    expect((await mended.fetch("/")).status).toBe(503);
    told.mockRestore();
    Object.assign(mended.bindings, { TIDINGS_KEY_RING: ringText });
    expect((await mended.fetch("/")).status).toBe(200);
  });

  test("a way out that Workers do not have is refused", async () => {
    const worker = await openInstallation({ TIDINGS_PROVIDER: "smtp", SMTP_URL: "smtp://mail.example:587" } as never);
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const answer = await worker.fetch("/");
    told.mockRestore();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("TIDINGS_PROVIDER=resend");
  });
});

describe("the first token", () => {
  const read = (worker: Installation, token = firstToken) => api(worker, "GET", "/api/newsletters", undefined, token);

  test("opens the API, and nothing else does", async () => {
    const worker = await openFurnished();
    expect((await read(worker)).status).toBe(200);
    expect((await read(worker, "another-token-of-the-same-length-00")).status).toBe(401);
    expect((await api(worker, "GET", "/api/tokens")).status).toBe(200);
  });

  test("is granted once: another one, or another isolate, grants nothing more", async () => {
    const worker = await openFurnished();
    const second = "a-second-token-that-came-much-later";
    const later = worker.isolate({ TIDINGS_FIRST_TOKEN: second });
    expect((await read(later, second)).status).toBe(401);
    expect((await read(later)).status).toBe(200);
    await Promise.all([1, 2, 3].map(() => worker.isolate().fetch("/healthz")));
    expect(await worker.rows("select name from tokens")).toEqual([{ name: "first admin" }]);
  });

  test("once revoked stays revoked, though the secret is still there", async () => {
    const worker = await openFurnished();
    expect((await api(worker, "POST", "/api/tokens/1/revoke")).status).toBe(200);
    expect((await read(worker)).status).toBe(401);
    expect((await read(worker.isolate())).status).toBe(401);
  });

  test("that could be guessed is refused at the start", async () => {
    const worker = await openInstallation({ TIDINGS_FIRST_TOKEN: "password" });
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const answer = await worker.fetch("/");
    told.mockRestore();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("openssl rand");
  });

  test("is not needed: without one nobody has a token", async () => {
    const worker = await openInstallation({ TIDINGS_FIRST_TOKEN: "" });
    expect((await worker.fetch("/healthz")).status).toBe(200);
    expect((await read(worker)).status).toBe(401);
    expect(await worker.rows("select * from tokens")).toEqual([]);
  });
});

describe("a reader's address", () => {
  test("is counted where the limit is bound, and one too many is told to wait", async () => {
    const keys: string[] = [];
    const limit = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) <= 2 }) };
    const worker = await openFurnished({ SIGNUP_LIMIT: limit });
    const from = { "cf-connecting-ip": "192.0.2.7" };
    const ask = (name: string) =>
      worker.fetch("/subscribe", {
        method: "POST",
        headers: from,
        body: new URLSearchParams({ email: `${name}@post.tld`, newsletter: "tide" }),
      });
    expect((await ask("a")).status).toBe(303);
    expect((await ask("b")).status).toBe(303);
    expect((await ask("c")).status).toBe(429);
    expect(new Set(keys).size).toBe(1);
  });
});

test("style sheet and pictures come from the assets' binding, and what is none is not found", async () => {
  const worker = await openFurnished();
  const style = await worker.fetch("/assets/style.css");
  expect([style.status, style.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
  expect((await worker.fetch("/assets/none.css")).status).toBe(404);
  const script = await worker.fetch("/embed.js");
  expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(await script.text()).toContain(".tidings-button{");
});
