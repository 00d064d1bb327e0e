import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { longestWebhook } from "../../src/http/webhooks.ts";
import { openFile } from "../../src/node/engine.ts";
import { webhookSecret } from "../dispatch/reported.ts";
import { type Forgery, sign, type Webhook, webhookBody } from "../fakes/resend/webhooks.ts";
import { countingApp } from "../world/counting.ts";
import { dump } from "../world/dump.ts";
import { openWorld, type World } from "../world.ts";

let world: World;
let rings: number;
beforeEach(async () => {
  rings = 0;
  world = await openWorld({
    environment: { RESEND_WEBHOOK_SECRET: webhookSecret },
    bell: {
      ring: () => {
        rings += 1;
      },
    },
  });
});
afterEach(() => world.close());

const mail = { recipient: "ada@post.tld", at: Date.UTC(2026, 10, 22, 8), tags: [] };

function webhook(forged: Forgery | null = null, id = "msg_1", body = webhookBody("delivered", mail)): Webhook {
  return sign({ secret: webhookSecret, id, body, now: world.clock.now }, forged);
}

function post({ headers, body }: Pick<Webhook, "headers" | "body">, app = world.app): Promise<Response> {
  return Promise.resolve(app.request("/webhooks/resend", { method: "POST", headers, body }));
}

async function stored(): Promise<{ event: string; body: string; received_at: number }[]> {
  return world.ctx.store.db.selectFrom("webhooks").select(["event", "body", "received_at"]).orderBy("event").execute();
}

test("a signed webhook is stored as it came, answered, and the bell rings", async () => {
  const made = webhook();
  const answer = await post(made);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ stored: true });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await stored()).toEqual([{ event: "msg_1", body: made.body, received_at: world.clock.now }]);
  expect(rings).toBe(1);
});

test("the same id is stored once, however often and with whatever time it is sent", async () => {
  const made = webhook();
  expect((await post(made)).status).toBe(200);
  world.advance(600_000);
  expect((await post(webhook())).status).toBe(200);
  expect(await stored()).toHaveLength(1);
});

describe("is refused and leaves no trace (SEC-17)", () => {
  test.each<Forgery>(["secret", "body", "id", "old", "early", "version", "unsigned"])("a wrong %s", async (forged) => {
    const answer = await post(webhook(forged));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      error: { code: "invalid", message: "This is not a webhook that we know the sender of." },
    });
    expect(await stored()).toEqual([]);
    expect(rings).toBe(0);
  });

  test.each(["svix-id", "svix-timestamp", "svix-signature"])("a webhook without %s", async (name) => {
    const { headers, body } = webhook();
    const { [name]: _, ...others } = headers;
    expect((await post({ headers: others, body })).status).toBe(400);
  });

  test("a webhook whose every single byte is flipped in turn", async () => {
    const { headers, body } = webhook(null, "msg_1", '{"type":"email.sent","data":{}}');
    const bytes = new TextEncoder().encode(body);
    for (const at of bytes.keys()) {
      const touched = bytes.map((byte, place) => (place === at ? byte ^ 1 : byte));
      const answer = await world.app.request("/webhooks/resend", { method: "POST", headers, body: touched });
      expect(answer.status).toBe(400);
    }
    expect((await post({ headers, body })).status).toBe(200);
  });

  test("a webhook whose JSON means the same but is written otherwise", async () => {
    const { headers, body } = webhook();
    expect((await post({ headers, body: JSON.stringify(JSON.parse(body), null, 1) })).status).toBe(400);
  });
});

test("two signatures are taken when one of them fits", async () => {
  const { headers, body } = webhook();
  const other = webhook("secret").headers["svix-signature"];
  const both = { ...headers, "svix-signature": `${other} ${headers["svix-signature"]}` };
  expect((await post({ headers: both, body })).status).toBe(200);
});

test("without a secret nothing is taken, and the log says what is missing", async () => {
  await using bare = await openWorld();
  const answer = await post(webhook(), bare.app);
  expect(answer.status).toBe(404);
  expect(bare.logged.join()).toContain("RESEND_WEBHOOK_SECRET is not set");
});

test("the log tells why, and the answer does not", async () => {
  await post(webhook("old"));
  await post(webhook("secret"));
  const lines = world.logged.filter((line) => line.includes("webhook refused")).map((line) => JSON.parse(line).why);
  expect(lines).toEqual(["time out of range", "no signature fits"]);
});

test("whoever knocks for ever does not fill the log, and what is signed is taken all the same", async () => {
  for (let at = 0; at < 200; at += 1) expect((await post(webhook("secret"))).status).toBe(400);
  expect(world.logged.filter((line) => line.includes("webhook refused"))).toHaveLength(60);
  expect((await post(webhook())).status).toBe(200);
});

describe("of more than 256 kB (SEC-15)", () => {
  const long = (size: number) => {
    const body = webhookBody("delivered", { ...mail, subject: "" });
    return body.replace('"subject":""', `"subject":"${"x".repeat(size - new TextEncoder().encode(body).length)}"`);
  };

  test("is refused, told or chunked", async () => {
    const made = webhook(null, "msg_1", long(longestWebhook + 1));
    expect((await post(made)).status).toBe(413);
    const chunked = {
      method: "POST",
      headers: made.headers,
      body: new Blob([made.body]).stream(),
      duplex: "half",
    };
    expect((await world.app.request("/webhooks/resend", chunked)).status).toBe(413);
    expect(await stored()).toEqual([]);
  });

  test("is taken up to the last byte", async () => {
    expect((await post(webhook(null, "msg_1", long(longestWebhook)))).status).toBe(200);
  });
});

test("a database that cannot be written answers 503, and the repeat is taken", async () => {
  const { app, close } = countingApp(world, { patience: 30 });
  const holder = openFile(world.config.database);
  const made = webhook();
  holder.exec("begin immediate");
  expect((await post(made, app)).status).toBe(503);
  holder.exec("rollback");
  holder.close();
  expect((await post(made, app)).status).toBe(200);
  expect(await stored()).toHaveLength(1);
  close();
});

test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])("%s is not taken", async (method) => {
  const before = await dump(world);
  const answer = await world.app.request("/webhooks/resend", { method, headers: webhook().headers });
  expect([404, 405]).toContain(answer.status);
  expect(await dump(world)).toBe(before);
});

test("no page of another site is let in to it (SEC-14)", async () => {
  const { headers, body } = webhook();
  const answer = await post({ headers: { ...headers, origin: "https://evil.example" }, body });
  expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("an admin token opens nothing here", async () => {
  const app = createApp(world.ctx, { operatorToken: "operator" });
  const { headers, body } = webhook("unsigned");
  expect((await post({ headers: { ...headers, authorization: "Bearer operator" }, body }, app)).status).toBe(400);
});
