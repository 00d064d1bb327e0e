import { afterAll, beforeAll, expect, test } from "vitest";
import { minute, openWorld, type World } from "../world.ts";
import { pathsOf } from "./routes.ts";

// I9: links are built only from the configured public URL, never from the request.

const evil: Record<string, string> = {
  host: "evil.tld",
  "x-forwarded-host": "evil.tld",
  "x-forwarded-proto": "ftp",
  "x-forwarded-port": "666",
  "x-original-host": "evil.tld",
  "x-host": "evil.tld",
  forwarded: "for=1.2.3.4;host=evil.tld;proto=ftp",
  referer: "https://before.tld/page",
  origin: "https://evil.tld",
};

let world: World;
beforeAll(async () => {
  world = await openWorld({ environment: { TIDINGS_PUBLIC_URL: "https://courier.example/letters" } });
  await world.newsletter("tides", { welcome: "Welcome." });
});
afterAll(() => world.close());

test("mails that come of requests with a foreign Host link to the public address alone (I9)", async () => {
  const form = new URLSearchParams({ email: "ada@reader.example", newsletter: "tides" });
  const asked = await world.app.request("https://evil.tld/subscribe", { method: "POST", headers: evil, body: form });
  expect(asked.status).toBe(303);
  await world.drain();
  const path = (await world.mails())[0]?.confirmLink.slice(world.config.publicUrl.length) ?? "";
  await world.app.request(`https://evil.tld${path}`, { method: "POST", headers: evil });
  world.advance(11 * minute);
  await world.app.request("https://evil.tld/subscribe", { method: "POST", headers: evil, body: form });
  await world.send("tides", "one");
  await world.drain();

  const mails = await world.mails();
  expect(mails).toHaveLength(4);
  for (const mail of mails) {
    expect(new TextDecoder().decode(mail.raw)).not.toContain("evil");
    const web = mail.links.filter(
      (link) => link.startsWith("http") && !link.startsWith("https://harbourcourier.example/"),
    );
    expect(web.length).toBeGreaterThan(0);
    for (const link of web) expect(link.startsWith("https://courier.example/letters/"), link).toBe(true);
  }
});

test("no page and no redirect names a foreign Host, on any route (I9)", async () => {
  const links = (await world.mails()).flatMap((mail) => mail.links);
  const token = [...new Set(links.flatMap((link) => /\/(?:confirm|u|p)\/([^/?]+)/.exec(link)?.[1] ?? []))];
  const places = {
    token,
    slug: ["tides", "one"],
    newsletter: ["tides"],
    issue: ["one"],
    id: ["1"],
    path: ["style.css"],
  };
  for (const path of pathsOf(world.app, places)) {
    for (const method of ["GET", "POST", "DELETE"]) {
      const authorization = `Bearer ${world.firstToken}`;
      const answer = await world.app.request(`https://evil.tld${path}`, {
        method,
        headers: { ...evil, authorization },
      });
      const told = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n") + (await answer.text());
      expect(told, `${method} ${path}`).not.toContain("evil.tld");
      // Where a reader came from is kept with the sign-up: a form hands it on as a value, and the API tells it. It is no link.
      const linked = told.replace(/<input type="hidden" name="(?:page|referrer)" value="[^"]*">/g, "");
      const isPage = answer.headers.get("content-type")?.startsWith("application/json") !== true;
      if (isPage) expect(linked, `${method} ${path}`).not.toContain("before.tld");
      const location = answer.headers.get("location");
      if (location !== null) expect(location, `${method} ${path}`).toMatch(/^\/letters\//);
    }
  }
});
