import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { webhookSecret } from "../dispatch/reported.ts";
import { type Forgery, sign, webhookBody } from "../fakes/resend/webhooks.ts";
import { deskOf } from "./desk.ts";
import { type Links, tellNewsroom } from "./newsroom.ts";
import { accepts, bodies, form, json, odd, strays } from "./oddities.ts";
import { ask, openPair, type Pair } from "./pair.ts";
import { placed, reached, specimens } from "./table.ts";

const slow = { timeout: 120_000 };

let pair: Pair;
beforeAll(async () => {
  pair = await openPair({ RESEND_WEBHOOK_SECRET: webhookSecret });
}, 180_000);
afterAll(() => pair.close());

const { get, post, admin } = deskOf(() => pair);
const links: Links = { confirm: "", pending: "", leave: "", preferences: "" };

tellNewsroom(() => pair, links, slow);

/** The token of the newest mail of its kind, which may still wait to leave: both have the same ids and the same keys. */
async function tokenOf(kind: "link" | "address", purpose: "manage" | "address"): Promise<string> {
  const { store, signer } = pair.running.opened.ctx;
  const row = await store.db
    .selectFrom("notices")
    .select(["id", "subscriber"])
    .where("kind", "=", kind)
    .orderBy("id", "desc")
    .executeTakeFirstOrThrow();
  return signer.sign(purpose, [row.id, row.subscriber ?? 0]);
}

describe("a reader", slow, () => {
  test("sees to what they get, with the link of an issue and with a fresh one", async () => {
    const page = links.preferences;
    for (const act of [
      "do=pause&newsletter=tides&weeks=2",
      "do=pause&newsletter=all&weeks=3",
      "do=resume&newsletter=all",
      "do=profile&name=Ada&language=pl",
      "do=profile&name=Ada&language=",
      "do=join&newsletter=none",
      "do=address&email=no",
    ]) {
      expect((await post(page, act)).status).toBe(200);
    }
    await get("/preferences");
    await get("/preferences/sent/");
    expect((await post("/preferences/", "email=ada%40reader")).status).toBe(422);
    expect((await post("/preferences", "email=ada%40reader.example")).status).toBe(303);
    const manage = `/manage/${await tokenOf("link", "manage")}`;
    for (const end of ["", "/", "/data", "/data/", "/erase", "/erase/"])
      expect((await get(`${manage}${end}`)).status).toBe(200);
    expect((await post(`${manage}/`, "do=address&email=ada%40reader")).status).toBe(422);
    expect((await post(manage, "do=address&email=ada.two%40reader.example")).status).toBe(200);
    const address = `/address/${await tokenOf("address", "address")}`;
    // Its mail leaves when it leaves; what is looked at from here on has it.
    await pair.until({ path: "/outbox" }, "ada.two@reader.example");
    for (const end of ["", "/"]) {
      await get(`${address}${end}`);
      expect((await post(`${address}${end}`, "")).status).toBe(200);
      expect((await post(`${manage}/erase${end}`, "")).status).toBe(410);
    }
  });

  test("takes a leaving back, or says why", async () => {
    await post(links.preferences, "newsletter=wind");
    // The time of the leaving is in it, and each has its own.
    await pair.remember("leaving", async (house) => {
      const left = { method: "POST", path: links.preferences, headers: form, body: "newsletter=wind" };
      return /\/u\/([a-z2-7]+)\/undo/.exec((await ask(house, left)).body)?.[1] ?? "none";
    });
    for (const end of ["", "/"]) {
      expect((await post(`/u/<leaving>/reason${end}`, "reason=other&note=Moved")).status).toBe(200);
    }
    for (const end of ["", "/"]) expect((await post(`/u/<leaving>/undo${end}`, "")).status).toBe(200);
    await admin("GET", "/newsletters/wind/reasons");
  });

  test("leaves, by a page or by one click", async () => {
    await get(links.leave);
    await get(`${links.leave}/`);
    await get(links.preferences);
    await get(`${links.preferences}/`);
    await post(links.preferences, "newsletter=none");
    await post(`${links.preferences}/`, "newsletter=wind");
    const click = "List-Unsubscribe=One-Click";
    expect((await post(links.leave, click)).status).toBe(200);
    await post(`${links.leave}/`, "by=page&all=1");
    const boundary = "multipart/form-data; boundary=x";
    const part = `--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`;
    await post(links.leave, part, { headers: { "content-type": boundary } });
    await post(links.leave, "anything at all", { headers: { "content-type": "application/octet-stream" } });
    await post(links.leave, "x".repeat(300_000));
    await pair.both({ method: "POST", path: links.leave });
    await get(links.leave);
  });

  test("says that it was not them who asked, and never again", async () => {
    for (const end of ["", "/"]) {
      expect((await get(`${links.confirm}/not-me${end}`)).status).toBe(200);
      for (const press of ["not-me", "not-me/never"]) {
        expect((await post(`${links.pending}/${press}${end}`, "")).status).toBe(200);
      }
    }
  });

  test("meets a form on another site", async () => {
    await get("/embed.json?n=tides");
    await get("/embed.json");
    await get("/preferences/sent");
  });

  test.each(bodies)("who sends %s is told the same", async (_, more, body) => {
    await post("/subscribe", body, more);
  });

  test("gets styles and pictures, and asks for them again", async () => {
    const { headers } = await get("/assets/style.css");
    const tag = headers.etag ?? "";
    expect(tag).not.toBe("");
    const asks = [tag, `W/${tag}`, `"other", ${tag}`, '"other"', "*", ""];
    for (const known of asks) await get("/assets/style.css", { headers: { "if-none-match": known } });
    await get("/assets/style.css", { headers: { "if-modified-since": new Date().toUTCString() } });
    await get("/assets/style.css", { headers: { range: "bytes=0-9" } });
    for (const end of [`?v=${tag.replaceAll('"', "")}`, "?v=other"]) await get(`/assets/style.css${end}`);
    await pair.both({ method: "HEAD", path: "/assets/icon.svg" });
    for (const path of odd) await get(`/assets/${path}`);
  });

  test.each(strays)("who strays to %s is told the same", async (path) => {
    await get(path.replaceAll(" ", "%20"));
  });

  test("reads no mails by way of another name or through a proxy", async () => {
    const seen = [{ host: "evil.example" }, { "x-forwarded-for": "203.0.113.9" }, { via: "1.1 proxy" }];
    const answers = [];
    for (const headers of seen) answers.push((await get("/outbox", { headers })).status);
    expect(answers).toEqual([403, 403, 403]);
    await get("/outbox?before=none");
    await get("/outbox/none");
    await get("/outbox/none/html");
  });

  test("is answered as the request asks: a page, or JSON", async () => {
    for (const accept of accepts) {
      await get("/none", { headers: { accept } });
      await get("/n/none", { headers: { accept } });
    }
  });
});

describe("a provider", slow, () => {
  const body = webhookBody("delivered", { recipient: "ada@reader.example", at: Date.now(), tags: [] });
  const forgeries: readonly (Forgery | null)[] = [null, "secret", "body", "id", "old", "early", "version", "unsigned"];

  test.each(forgeries)("reports, signed right or wrong: %s", async (forged) => {
    const made = sign({ secret: webhookSecret, id: "msg_1", body, now: Date.now() }, forged);
    const answer = await post("/webhooks/resend", made.body, { headers: made.headers });
    expect(answer.status).toBe(forged === null ? 200 : 400);
  });

  test("reports too much", async () => {
    await post("/webhooks/resend", "x".repeat(300_000), { headers: json });
    await post("/webhooks/resend", "x".repeat(300_000), { headers: json, chunked: true });
    await pair.both({ method: "POST", path: "/webhooks/resend" });
  });
});

describe("every route", slow, () => {
  const methods = ["GET", "HEAD", "OPTIONS", "POST", "DELETE"];

  test("is asked in every way by somebody without a token", async () => {
    const paths = placed(pair.routes, { ...specimens, id: ["<asked>"], token: ["abcdefgh"] });
    for (const path of paths) for (const method of methods) await pair.both({ method, path });
  });

  test("of the API is asked in every way by an admin", async () => {
    const paths = placed(pair.routes, specimens).filter((path) => path.startsWith("/api"));
    for (const path of paths) {
      for (const method of ["HEAD", "DELETE"]) await pair.both({ method, path, as: "admin" });
      await pair.both({ path, as: "admin", headers: { accept: "text/html" } });
    }
  });

  test("of the API refuses what it cannot read", async () => {
    const writing = pair.routes.filter(({ method, path }) => path.startsWith("/api/") && method !== "GET");
    for (const { method, path } of writing) {
      for (const filled of placed([{ path }], { ...specimens, id: ["99"] })) {
        const asked = { method, path: filled, as: "admin", headers: json };
        for (const body of ["{", '{"unknown":1}']) await pair.both({ ...asked, body });
        await pair.both({ ...asked, body: "a=b", headers: form });
      }
    }
    for (const body of ["[]", '"text"', `"${"x".repeat(70_000)}"`]) {
      await pair.both({ method: "POST", path: "/api/newsletters", as: "admin", headers: json, body });
    }
    for (const method of ["PUT", "PROPFIND"]) await pair.both({ method, path: "/api/tokens", as: "admin" });
    const source = "x".repeat(2_200_000);
    await admin("PUT", "/issues", { source });
  });

  test("was asked for something that it does", () => {
    expect(reached(pair.routes, pair.asked)).toEqual([]);
    expect(pair.asked.length).toBeGreaterThan(600);
  });
});

describe("too many", slow, () => {
  test("wrong links, wrong tokens", async () => {
    const link = { path: "/u/abcdefgh" };
    const token = { path: "/api/tokens", as: "nobody" };
    for (const asked of [link, token]) {
      for (const house of [pair.node, pair.worker]) {
        const answers = [];
        for (let n = 0; n < 61; n += 1) answers.push((await ask(house, asked)).status);
        expect(answers.at(-1)).toBe(429);
      }
      expect((await pair.both(asked)).status).toBe(429);
      await pair.both({ ...asked, headers: { accept: "application/json" } });
    }
  });

  test("sign-ups: the Worker counts them, and answers as Node would", async () => {
    const asked = {
      method: "POST",
      path: "/subscribe",
      body: "email=a",
      headers: { ...form, "cf-connecting-ip": "203.0.113.1" },
    };
    let answer = await ask(pair.worker, asked);
    // The count may begin afresh once meanwhile.
    for (let n = 0; n < 900 && answer.status !== 429; n += 1) answer = await ask(pair.worker, asked);
    const crowded = { admit: async () => false };
    const app = createApp(pair.running.opened.ctx);
    const node = await app.request("/subscribe", { method: "POST", body: asked.body, headers: form }, crowded);
    expect(answer.status).toBe(429);
    expect(answer.body).toBe(Buffer.from(await node.arrayBuffer()).toString("latin1"));
    expect(answer.headers).toMatchObject(Object.fromEntries(node.headers));
    const other = { ...asked, headers: { ...form, "cf-connecting-ip": "203.0.113.2" } };
    expect((await ask(pair.worker, other)).status).toBe(422);
  });
});
