import { describe, expect, test } from "vitest";
import { deskOf } from "./desk.ts";
import { json } from "./oddities.ts";
import { ask, type Pair } from "./pair.ts";

/** Paths of links that readers got; filled as the story goes on. */
export interface Links {
  confirm: string;
  pending: string;
  leave: string;
  preferences: string;
}

/** The tests in which a newsroom does everything that the API offers, from its first newsletter on. */
export function tellNewsroom(open: () => Pair, links: Links, slow: { timeout: number }): void {
  const { get, post, admin, receive, linkIn } = deskOf(open);

  describe("a newsroom", slow, () => {
    test("sets up", async () => {
      await get("/");
      await admin("GET", "/instance");
      await admin("PATCH", "/instance", { operator: "", site: "x".repeat(5_000) });
      const house = {
        site: "The Harbour Post",
        operator: "Harbour Post Ltd",
        postalAddress: "4 Customs Quay\nPort Alder",
      };
      await admin("PATCH", "/instance", { ...house, privacyUrl: "https://harbourpost.example/privacy" });
      const sender = { senderName: "The Harbour Post", senderAddress: "news@harbourpost.example" };
      const tides = {
        slug: "tides",
        name: "Tides <&> Töne",
        pitch: "What “the day” brings.",
        image: "/assets/icon.svg",
      };
      expect((await admin("POST", "/newsletters", { ...sender, ...tides, welcome: "Welcome." })).status).toBe(201);
      const wind = {
        slug: "wind",
        name: "Wind",
        pitch: "Whence it blows.",
        image: "https://pictures.example/wind.png",
      };
      await admin("POST", "/newsletters", { ...sender, ...wind, about: "One.\n\nTwo." });
      await admin("POST", "/newsletters", { ...sender, ...tides });
      await admin("POST", "/newsletters", { slug: "Not one" });
      await admin("PATCH", "/newsletters/wind", { frequency: "When it blows" });
      await admin("PATCH", "/newsletters/none", { frequency: "" });
      for (const path of ["/", "/n/tides", "/n/tides/", "/n/wind", "/n/none", "/n/%74ides", "/n/T%C3%B6ne"])
        await get(path);
    });

    test("has readers", async () => {
      expect((await post("/subscribe", "email=ada%40reader.example&newsletter=tides&newsletter=wind")).status).toBe(
        303,
      );
      await receive("asked", "ada@reader.example", "confirm");
      await get("/outbox");
      for (const view of ["", "?view=html", "?view=text", "?view=raw", "/html"]) await get(`/outbox/<asked>${view}`);
      links.confirm = await linkIn("asked", "confirm");
      await get(links.confirm);
      expect((await post(links.confirm, "")).status).toBe(303);
      await post(`${links.confirm}/`, "");
      await get(`${links.confirm}/`);
      await post(`${links.confirm}/renew`, "");
      await get("/confirmed?n=tides&n=wind&n=none");
      await receive("welcomed", "ada@reader.example", "welcome");
      const bo = JSON.stringify({ email: "bo@reader.example", newsletters: ["wind"], name: "Bo" });
      expect((await post("/subscribe", bo, { headers: json })).status).toBe(202);
      await receive("second", "bo@reader.example", "confirm");
      links.pending = await linkIn("second", "confirm");
      await post(`${links.pending}/renew/`, "");
      await get("/thanks");
    });

    test("sends an issue", async () => {
      const source = (slug: string, text: string) =>
        `---\nnewsletter: tides\nsubject: 'Good morning, {{ subscriber.name | default: "reader" }}'\nslug: ${slug}\n---\n\n${text}\n`;
      await admin("POST", "/issues/lint", { source: "no front matter" });
      await admin("POST", "/issues/lint", { source: source("one", "# Tides\n\nHigh *water* at six.") });
      expect((await admin("PUT", "/issues", { source: source("one", "# Tides\n\nHigh *water* at six.") })).status).toBe(
        200,
      );
      await admin("PUT", "/issues", { source: source("two", "Low water.") });
      await admin("PUT", "/issues", { source: "no front matter" });
      const asOf = Date.now();
      await admin("POST", "/issues/audience", { source: source("one", "x"), asOf });
      await admin("GET", `/issues/tides/one/audience?asOf=${asOf}`);
      expect(
        (await admin("POST", "/issues/test", { source: source("two", "x"), to: "desk@reader.example" })).status,
      ).toBe(202);
      await receive("tried", "desk@reader.example", "Good morning");
      const preview = /\?preview=[\w-]+/.exec((await get("/outbox/<tried>?view=text")).body)?.[0] ?? "?preview=none";
      await get(`/n/tides/two${preview}`);
      await get("/n/tides/two?preview=forged");
      await admin("POST", "/issues/tides/one/send", { expect: 7, asOf });
      expect((await admin("POST", "/issues/tides/one/send", { expect: 1, asOf })).status).toBe(202);
      await receive("issued", "ada@reader.example", "Good morning");
      await open().until({ path: "/api/issues/tides/one", as: "admin" }, '"status":"sent"');
      for (const view of ["", "?view=html", "?view=text", "?view=raw", "/html"]) await get(`/outbox/<issued>${view}`);
      links.leave = await linkIn("issued", "u");
      await open().remember("mailed", async (house) => {
        const mail = await ask(house, { path: "/outbox/<issued>/html" });
        return /\/p\/([a-z2-7]+)/.exec(mail.body)?.[1] ?? "none";
      });
      links.preferences = "/p/<mailed>";
      await admin("POST", "/issues/tides/one/send", { expect: 1, asOf });
      for (const path of ["/n/tides/one", "/n/tides/one/", "/n/tides/two", "/n/tides/none", "/n/none/one"])
        await get(path);
    });

    test("steers its issues", async () => {
      const one = "/issues/tides/one";
      for (const path of ["", "/doubt", "/verify"]) expect((await admin("GET", `${one}${path}`)).status).toBe(200);
      expect((await admin("POST", `${one}/reader`, { address: "ada@reader.example" })).status).toBe(200);
      for (const verb of ["pause", "resume", "cancel", "retry", "recall"]) await admin("POST", `${one}/${verb}`);
      await admin("POST", `${one}/resolve`, { as: "sent", expect: 1, by: "desk" });
      const at = Date.now() + 3_600_000;
      expect((await admin("POST", "/issues/tides/two/schedule", { at })).status).toBe(202);
      await admin("POST", "/issues/tides/two/schedule", { at: 1 });
      expect((await admin("POST", "/issues/tides/two/recall")).status).toBe(200);
      for (const path of ["/issues", "/issues?limit=1", "/issues?newsletter=wind", "/issues?limit=0"])
        await admin("GET", path);
    });

    test("looks after its readers", async () => {
      for (const path of [
        "/subscribers",
        "/subscribers?newsletter=wind&status=pending",
        "/subscribers?limit=1",
        "/notices/1",
        "/notices/99",
      ]) {
        await admin("GET", path);
      }
      expect((await admin("POST", "/subscribers/find", { address: "ada@reader.example" })).status).toBe(200);
      await admin("POST", "/subscribers/find", { address: "nobody@reader.example" });
      const cy = { address: "cy@reader.example" };
      expect((await admin("POST", "/suppressions", cy)).status).toBe(200);
      await admin("POST", "/suppressions", { address: "no address" });
      expect((await admin("GET", "/suppressions")).status).toBe(200);
      expect((await admin("POST", "/suppressions/remove", cy)).status).toBe(200);
      await admin("POST", "/suppressions/remove", cy);
      expect((await admin("POST", "/subscribers/erase", { address: "bo@reader.example" })).status).toBe(200);
      await get(links.pending);
    });

    test("hands out tokens and takes them back", async () => {
      const made = { name: "reading", scopes: ["read"] };
      await admin("POST", "/tokens", made);
      await open().remember("reading", async (house) => {
        const headers = json;
        const asked = { method: "POST", path: "/api/tokens", as: "admin", headers, body: JSON.stringify(made) };
        return JSON.parse((await ask(house, asked)).body).secret;
      });
      expect((await get("/api/newsletters", { as: "reading" })).status).toBe(200);
      const write = { method: "PATCH", path: "/api/newsletters/wind", as: "reading", headers: json, body: "{}" };
      expect((await open().both(write)).status).toBe(403);
      await admin("GET", "/tokens");
      expect((await admin("POST", "/tokens/3/revoke")).status).toBe(200);
      await admin("POST", "/tokens/99/revoke");
      expect((await get("/api/newsletters", { as: "reading" })).status).toBe(401);
    });

    test("holds its mails and lets them go", async () => {
      await admin("GET", "/instance/held");
      expect((await admin("POST", "/instance/hold", { restored: false })).status).toBe(200);
      await get("/healthz");
      await open().remember("hold", async (house) => {
        const { body } = await ask(house, { path: "/api/instance/held", as: "admin" });
        return /"at":(\d+)/.exec(body)?.[1] ?? "0";
      });
      await admin("GET", "/instance/held");
      await admin("POST", "/instance/release", { at: 1, dropNotices: false });
      const release = { path: "/api/instance/release", body: '{"at":<hold>,"dropNotices":false}', headers: json };
      expect((await open().both({ method: "POST", as: "admin", ...release })).status).toBe(200);
      await get("/healthz");
    });
  });
}
