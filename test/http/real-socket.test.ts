import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longestBody } from "../../src/http/body.ts";
import { longestRequest } from "../../src/http/guard.ts";
import { grantToken } from "../../src/instance/grant.ts";
import type { Running } from "../../src/node/serve.ts";
import { openWorld, type World } from "../world.ts";
import { serveWorld } from "./served.ts";

// The same requests through `app.request` never meet the request object of the Node edge.
let world: World;
let running: Running;
let authorization: string;
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  const { secret } = await grantToken(world.ctx, { name: "desk", scopes: ["read", "write", "send"] });
  authorization = `Bearer ${secret}`;
  running = await serveWorld(world, { TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only" });
});
afterAll(async () => {
  await running.stop();
  world.close();
});

interface Sent {
  readonly method?: string;
  readonly type?: string;
  /** Sent chunk by chunk, without a length. */
  readonly chunks?: readonly string[];
}

/** Sends a request with the admin token; rejects where the server hangs up instead of answering. */
function send(path: string, sent: Sent): Promise<{ status: number | undefined; body: string }> {
  const { method = "POST", type, chunks } = sent;
  const headers = {
    authorization,
    ...(type === undefined ? {} : { "content-type": type }),
    ...(chunks === undefined ? {} : { "transfer-encoding": "chunked" }),
  };
  return new Promise((resolve, reject) => {
    const client = request(running.url + path, { method, headers }, async (answer) => {
      let body = "";
      for await (const part of answer.setEncoding("utf8")) body += part;
      resolve({ status: answer.statusCode, body });
    });
    client.on("error", reject);
    for (const chunk of chunks ?? []) client.write(chunk);
    client.end();
  });
}

const json = "application/json";
const form = "application/x-www-form-urlencoded";

describe("the admin API over a socket", () => {
  test("takes a POST without a body", async () => {
    const { id } = await grantToken(world.ctx, { name: "old", scopes: ["read"] });
    const answer = await send(`/api/tokens/${id}/revoke`, {});
    expect(answer).toMatchObject({ status: 200 });
  });

  test("takes JSON in chunks", async () => {
    const chunks = ['{"address":"ada', '@reader.example"}'];
    const answer = await send("/api/suppressions", { type: json, chunks });
    expect(answer).toEqual({ status: 200, body: '{"added":true}' });
  });

  test("refuses chunks over the limit", async () => {
    const chunks = ['{"address":"', ...Array.from({ length: 5 }, () => "x".repeat(longestRequest.other / 4)), '"}'];
    const answer = await send("/api/suppressions", { type: json, chunks });
    expect(answer.status).toBe(413);
    expect(answer.body).toContain("more than 64 kB");
  });

  test("refuses JSON that is missing or damaged in its own words", async () => {
    for (const chunks of [[], ["{"]]) {
      const answer = await send("/api/suppressions", { type: json, chunks });
      expect(answer.status).toBe(422);
      expect(answer.body).toContain("The request's JSON is damaged.");
    }
  });

  test("answers a GET", async () => {
    expect(await send("/api/suppressions", { method: "GET" })).toMatchObject({ status: 200 });
  });
});

describe("a form over a socket", () => {
  test("may come in chunks, and not over the limit", async () => {
    const chunks = ["email=ana%40reader.example&", "newsletter=tides"];
    expect(await send("/subscribe", { type: form, chunks })).toMatchObject({ status: 303 });
    const filler = Array.from({ length: 5 }, () => "x".repeat(longestBody / 4));
    expect(await send("/subscribe", { type: form, chunks: [...chunks, "&x=", ...filler] })).toMatchObject({
      status: 413,
    });
  });
});

/** How long a loaded machine may take; nothing waits for it where it is quick. In ms. */
const patience = { timeout: 20_000 };

/** Announces more than it sends, then hangs up, as a phone in a tunnel does. */
async function breakOff(path: string): Promise<void> {
  const { hostname, port } = new URL(running.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${form}\r\nContent-Length: 90\r\n\r\nList-`,
    () => socket.destroy(),
  );
  await once(socket, "close");
}

test("one-click is honoured although its sender hung up in the middle of the body: the token is the authority", async () => {
  const email = "bea@reader.example";
  // The server's own workers pay the mail, whenever they come to it.
  await world.signUp(email, "tides");
  await expect.poll(async () => (await world.mails(email)).length, patience).toBe(1);
  expect((await world.confirm(email)).status).toBe(303);
  const reader = world.ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("subscribers as p", "p.id", "s.subscriber")
    .select(["s.newsletter", "s.subscriber", "s.status"])
    .where("p.email", "=", email);
  const { newsletter, subscriber } = await reader.executeTakeFirstOrThrow();
  await breakOff(`/u/${world.ctx.signer.sign("leave", [newsletter, subscriber])}`);
  await expect.poll(async () => (await reader.executeTakeFirstOrThrow()).status, patience).toBe("unsubscribed");
});
