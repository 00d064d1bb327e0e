import { expect, test } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
import { openSite } from "./site.ts";

/** An edge on a platform that counts sign-ups by network, and the networks that it was asked about. */
function edge(admits: boolean) {
  const asked: string[] = [];
  const admit = async (network: string) => {
    asked.push(network);
    return admits;
  };
  return { asked, env: { incoming: { socket: { remoteAddress: "203.0.113.9" } }, admit } };
}

const form = { email: "ana@harbour.example", newsletter: "morning-tide" };

test("a form from a network with too many sign-ups is asked to wait a minute, and nothing is written", async () => {
  const site = await openSite();
  const before = await site.dump();
  const { env, asked } = edge(false);
  const answer = await site.app.request("/subscribe", { method: "POST", body: new URLSearchParams(form) }, env);
  expect(answer.status).toBe(429);
  expect(answer.headers.get("retry-after")).toBe("60");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const page = await answer.text();
  expect(page).toContain("<h1>One moment, please</h1>");
  expect(page).toContain("send the form once more");
  expect(page).not.toContain("roken link");
  expect(asked).toEqual(["203.0.113.9"]);
  expect(await site.dump()).toBe(before);
});

test.each([
  ["sends JSON", { "content-type": "application/json" }, JSON.stringify(form)],
  ["asks for JSON", { accept: "application/json" }, new URLSearchParams(form)],
])("a program that %s is told in JSON", async (_, headers, body) => {
  const site = await openSite();
  const init = { method: "POST", headers, body };
  const answer = await site.app.request("/subscribe", init, edge(false).env);
  expect(answer.status).toBe(429);
  expect(answer.headers.get("retry-after")).toBe("60");
  expect(await answer.json()).toEqual({
    error: { code: "too-many", message: expect.stringContaining("Please wait a minute") },
  });
});

test("a script is told in the language that it asks for, and a page speaks the instance's", async () => {
  const site = await openSite();
  const say = async (headers: Record<string, string>) => {
    const init = { method: "POST", headers, body: new URLSearchParams(form) };
    return (await site.app.request("/subscribe", init, edge(false).env)).text();
  };
  expect(await say({ accept: "application/json", "accept-language": "uk" })).toContain("надішліть форму ще раз");
  expect(await say({ accept: "application/json", "accept-language": "xx, uk" })).toContain("send the form once more");
  await editInstance(site.ctx, { language: "de" });
  const page = await say({ "accept-language": "uk" });
  expect(page).toContain('<html lang="de"');
  expect(page).toContain("<h1>Einen Augenblick bitte</h1>");
});

test("the body is not read before somebody is admitted", async () => {
  const site = await openSite();
  let pulled = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(new TextEncoder().encode("x=y&"));
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
  expect((await site.app.request("/subscribe", init, edge(false).env)).status).toBe(429);
  expect(pulled).toBe(0);
});

test("whoever is admitted is served, and reading or leaving is never counted", async () => {
  const site = await openSite();
  const { env, asked } = edge(true);
  const answer = await site.app.request("/subscribe", { method: "POST", body: new URLSearchParams(form) }, env);
  expect(answer.status).toBe(303);
  for (const path of ["/", "/n/morning-tide", "/thanks"]) await site.app.request(path, {}, env);
  await site.app.request("/u/abcdefgh", { method: "POST" }, env);
  expect(asked).toHaveLength(1);
});

test("a platform that counts nothing admits everybody", async () => {
  const site = await openSite();
  const answer = await site.app.request("/subscribe", { method: "POST", body: new URLSearchParams(form) });
  expect(answer.status).toBe(303);
});
