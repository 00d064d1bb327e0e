import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../world.ts";

let world: World;
let link: string;
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.signUp("ada@reader.example", "tides");
  await world.drain();
  link = (await world.mails())[0]?.confirmLink ?? "";
});
afterAll(() => world.close());

test("a confirmation link is short, and ends in nothing that mail programs cut off (DOI-09)", () => {
  expect(link.length).toBeLessThanOrEqual(120);
  expect(link).toMatch(/\/confirm\/[a-z0-9]+$/);
});

const manglings: [string, (link: string) => string][] = [
  ["in capitals", (url) => url.replace(/[^/]+$/, (token) => token.toUpperCase())],
  ["with a slash behind", (url) => `${url}/`],
  ["with a full stop behind", (url) => `${url}.`],
  ["with a bracket behind", (url) => `${url})`],
  ["with a sharp bracket behind", (url) => `${url}>`],
  ["with an encoded sharp bracket behind", (url) => `${url}%3E`],
  ["with an equals sign behind", (url) => `${url}=`],
  ["with a quotation mark behind", (url) => `${url}%22`],
  ["with a tracker's parameters", (url) => `${url}?utm_source=mail&utm_campaign=x&fbclid=abc`],
  ["with an escaped ampersand", (url) => `${url}&amp;utm_source=mail`],
  ["with a soft line break of quoted-printable in it", (url) => `${url.slice(0, -7)}%3D%0D%0A${url.slice(-7)}`],
  ["with a blank in it", (url) => `${url.slice(0, -7)}%20${url.slice(-7)}`],
  ["with an invisible blank in it", (url) => `${url.slice(0, -7)}%E2%80%8B${url.slice(-7)}`],
  ["with a sharp bracket before the token", (url) => url.replace("/confirm/", "/confirm/%3C")],
];

test.each(manglings)("a link %s still shows its button (DOI-09)", async (_, mangle) => {
  const page = await world.get(mangle(link));
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("The tides letter");
});

test("the button of a mangled link's page works", async () => {
  const answer = await world.press(`${link.replace(/[^/]+$/, (token) => `%3C${token.toUpperCase()}%3E`)}?utm_source=x`);
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/confirmed?n=tides"]);
});
