import { expect, test } from "vitest";
import { openSite, type Site, signUp, subscribeFully } from "./site.ts";

/** Each route of the app with values that reach as deep as possible. */
async function addresses(site: Site): Promise<string[]> {
  const pending = await signUp(site, "ana@harbour.example", "morning-tide");
  const links = await subscribeFully(site, "bo@harbour.example", "morning-tide", "council-watch");
  const tokens: Record<string, string[]> = {
    "/confirm/": [pending, links.confirm, "forged"],
    "/u/": [links.leave("morning-tide"), links.leave("hafenbrief"), "forged"],
    "/p/": [links.preferences, "forged"],
  };
  const paths = new Set(site.app.routes.map((route) => route.path).filter((path) => path !== "/*"));
  return [...paths].flatMap((path) => {
    const start = Object.keys(tokens).find((known) => path.startsWith(known));
    const values = start === undefined ? ["morning-tide"] : (tokens[start] ?? []);
    return values.map((value) =>
      path
        .replace(/:path\{.+\}/, "style.css")
        .replace(":token", value)
        .replace(/:\w+|\*/g, "morning-tide"),
    );
  });
}

test("no GET, HEAD or OPTIONS changes anything, on any route (I1)", async () => {
  const site = await openSite();
  const paths = await addresses(site);
  expect(paths.length).toBeGreaterThan(25);
  site.now += 3_600_000;
  const before = await site.dump();
  const env = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };
  for (const path of paths) {
    for (const method of ["GET", "HEAD", "OPTIONS", "GET"]) {
      const answer = await site.app.request(path, { method }, env);
      expect(answer.status, `${method} ${path}`).toBeLessThan(500);
    }
  }
  expect(await site.dump()).toBe(before);
});

test("no GET on a page behind a link redirects", async () => {
  const site = await openSite();
  const links = await subscribeFully(site, "bo@harbour.example", "morning-tide");
  for (const path of [`/confirm/${links.confirm}`, `/u/${links.leave("morning-tide")}`, `/p/${links.preferences}`]) {
    for (const end of ["", "/"]) expect((await site.app.request(path + end)).status).toBe(200);
  }
});
