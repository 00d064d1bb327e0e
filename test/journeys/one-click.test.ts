import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { createSigner } from "../../src/mail/tokens.ts";
import { erase } from "../../src/subscription/erase.ts";
import { dump } from "../world/dump.ts";
import { onDisk } from "../world/platform.ts";
import { day, openWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ environment: { TIDINGS_PUBLIC_URL: "https://courier.example/letters" } });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
});
afterAll(() => world.close());
// Issues go to whoever a test has joined, and to nobody else.
afterEach(async () => {
  for (const name of joined.splice(0)) await eraseIfThere(name);
});

async function eraseIfThere(name: string): Promise<void> {
  await erase(world.ctx, { address: name }).catch((fault) => expect(fault).toMatchObject({ code: "not-found" }));
}

const joined: string[] = [];

async function join(name: string): Promise<void> {
  joined.push(name);
  await world.join(name, ["tides", "ferries"]);
}

let reader = 0;
let address: string;
let link: string;
beforeEach(async () => {
  reader += 1;
  address = `r${reader}@reader.example`;
  await join(address);
  await world.send("tides", `issue-${reader}`);
  await world.drain();
  const issue = (await world.mails(address)).at(-1);
  link = issue?.leaveLink ?? "";
  expect(issue?.headers.get("list-unsubscribe")).toBe(`<${issue?.leaveLink}>`);
});

/** The link as it arrives behind a proxy. */
function path(): string {
  return link.slice(world.config.publicUrl.length);
}

/** What this reader still gets, as one sees it by sending. */
async function gets(): Promise<string[]> {
  await join(`other${reader}@reader.example`);
  const before = (await world.mails(address)).length;
  for (const slug of ["tides", "ferries"]) await world.send(slug, `after-${reader}`);
  await world.drain();
  return (await world.mails(address))
    .slice(before)
    .map((mail) => mail.from.address.split("@")[0] ?? "")
    .sort();
}

const boundary = "----=_Part_7";
const bodies: [string, RequestInit][] = [
  [
    "multipart/form-data",
    {
      headers: { "content-type": `multipart/form-data; boundary="${boundary}"` },
      body: `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`,
    },
  ],
  ["a form as browsers post it", { body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) }],
  ["no body and no type", {}],
  ["an empty body", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "" }],
  ["text", { headers: { "content-type": "text/plain" }, body: "List-Unsubscribe=One-Click" }],
  ["an odd type", { headers: { "content-type": "x/y;;=" }, body: "List-Unsubscribe=One-Click" }],
  ["multipart without a boundary", { headers: { "content-type": "multipart/form-data" }, body: "--x\r\n\r\n--x--" }],
  ["broken JSON", { headers: { "content-type": "application/json" }, body: "{" }],
  ["far too large a body", { headers: { "content-type": "text/plain" }, body: "x".repeat(100_000) }],
  ["a form far too large", { body: new URLSearchParams({ junk: "x".repeat(100_000) }) }],
  ["another site's origin", { headers: { origin: "https://evil.tld", "sec-fetch-site": "cross-site" } }],
  ["no agent anyone knows", { headers: { "user-agent": "" } }],
  ["a wish to leave all, which is not theirs to make", { body: new URLSearchParams({ all: "1" }) }],
];

describe("one-click by POST (RFC 8058, RULES §1.3)", () => {
  test.each(bodies)("with %s leaves this newsletter, at once and without a redirect", async (_, init) => {
    const answer = await world.app.request(path(), { method: "POST", ...init });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await gets()).toEqual(["ferries"]);
  });

  test.each(["/", "?utm_source=mail", "."])("with %j behind the address is never redirected", async (end) => {
    const answer = await world.app.request(`${path()}${end}`, { method: "POST" });
    expect(answer.status).toBe(200);
    expect(await gets()).toEqual(["ferries"]);
  });

  test("repeated is 200 again, and nothing more is written", async () => {
    await world.post(link, { "List-Unsubscribe": "One-Click" });
    const before = await dump(world);
    for (let time = 0; time < 3; time += 1) expect((await world.post(link)).status).toBe(200);
    expect(await dump(world)).toBe(before);
  });

  test("is 200 for a reader who has been erased, and nothing is written", async () => {
    await erase(world.ctx, { address });
    const before = await dump(world);
    const answer = await world.post(link);
    expect(answer.status).toBe(200);
    expect(await dump(world)).toBe(before);
  });

  test("with a forged or cut link is 404, says nothing of readers, and changes nothing", async () => {
    const before = await dump(world);
    const forged = [
      link.slice(0, -3),
      `${link.slice(0, -1)}${link.endsWith("a") ? "b" : "a"}`,
      link.replace(/[^/]+$/, "x"),
    ];
    for (const url of forged) {
      const answer = await world.post(url, { "List-Unsubscribe": "One-Click" });
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain("reader.example");
    }
    expect(await dump(world)).toBe(before);
  });

  test("is taken as often as it comes from one place", async () => {
    const statuses = new Set<number>();
    // A thousand times; in workerd, where a statement takes a hundred times as long, a hundred.
    for (let time = 0; time < (onDisk ? 20 : 2); time += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => world.post(link)));
      for (const answer of answers) statuses.add(answer.status);
    }
    expect([...statuses]).toEqual([200]);
  });

  test("works three years later, though the keys were changed since", async () => {
    world.advance(3 * 365 * day);
    const keys = new Map([1, 2].map((id) => [id, new Uint8Array(32).fill(id === 1 ? 7 : 9)]));
    const later = createApp({ ...world.ctx, signer: createSigner({ current: 2, keys }) });
    expect((await later.request(path(), { method: "POST" })).status).toBe(200);
    expect(await gets()).toEqual(["ferries"]);
  });
});

test("GET and HEAD of the same address show a page with a button and change nothing", async () => {
  const before = await dump(world);
  const page = await world.get(link);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("Leave The tides letter?");
  expect((await world.app.request(path(), { method: "HEAD" })).status).toBe(200);
  expect(await dump(world)).toBe(before);
});

test("the page's button leaves this newsletter, and its second button all of them", async () => {
  const left = await world.post(link, { by: "page" });
  expect(left.status).toBe(200);
  expect(await left.text()).toContain("You still receive other newsletters");
  expect(await gets()).toEqual(["ferries"]);
  await world.post(link, { by: "page", all: "1" });
  world.advance(1);
  await world.send("ferries", `last-${reader}`);
  const before = (await world.mails(address)).length;
  await world.drain();
  expect(await world.mails(address)).toHaveLength(before);
});
