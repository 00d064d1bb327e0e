import { expect, test } from "vitest";
import { dump } from "../world/dump.ts";
import { formsOf } from "../world/forms.ts";
import { openWorld, type World } from "../world.ts";
import { everyMail, linksOf } from "./every-mail.ts";

/** What security gateways, previews and prefetching browsers send; the first two come ten times, at once. */
const visits: readonly (readonly [method: string, headers: Record<string, string>])[] = [
  ["HEAD", {}],
  ["GET", {}],
  ["GET", { purpose: "prefetch", "sec-purpose": "prefetch;prerender" }],
  ["GET", { "user-agent": "Mozilla/5.0 (compatible; MailScanner)", accept: "*/*" }],
  ["GET", { accept: "application/json" }],
  ["OPTIONS", { origin: "https://scanner.example", "access-control-request-method": "POST" }],
];

/** Opens a link as a scanner does, and follows where it leads. */
async function open(world: World, url: string, [method, headers]: (typeof visits)[number]): Promise<number> {
  let place = url;
  for (let hops = 0; hops < 5; hops += 1) {
    const answer = await world.app.request(own(world, place), { method, headers });
    await answer.text();
    const next = answer.headers.get("location");
    if (answer.status < 300 || answer.status > 399 || next === null) return answer.status;
    place = new URL(next, place).href;
  }
  throw new Error(`${url} leads round and round`);
}

function own({ config }: World, url: string): string {
  return url.slice(config.publicUrl.length) || "/";
}

test("a scanner that opens every link of every mail, at once and again and again, changes nothing (RIG-4)", {
  timeout: 120_000,
}, async () => {
  await using world = await openWorld();
  const mails = await everyMail(world);
  const links = linksOf(world, mails);
  const kinds = new Set(links.map((link) => own(world, link).split("/")[1]));
  for (const kind of ["address", "confirm", "manage", "n", "p", "u"]) expect(kinds, kind).toContain(kind);

  const before = await dump(world);
  const often = links.flatMap((link) => visits.slice(0, 2).flatMap((visit) => Array(10).fill([link, visit] as const)));
  const once = links.flatMap((link) => visits.slice(2).map((visit) => [link, visit] as const));
  const statuses = await Promise.all([...often, ...once].map(([link, visit]) => open(world, link, visit)));
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
  // What the pages lead to is opened too; their forms are not sent.
  const further = new Set<string>();
  for (const link of links) {
    const page = await (await world.app.request(own(world, link))).text();
    for (const [, href = ""] of page.matchAll(/\shref="([^"]+)"/g)) further.add(new URL(href, link).href);
  }
  for (const link of further) {
    if (!link.startsWith(`${world.config.publicUrl}/`)) continue;
    for (const visit of visits) expect(await open(world, link, visit), link).toBeLessThan(500);
  }
  expect(await dump(world)).toBe(before);
  expect(await world.drain()).toBeLessThanOrEqual(1);
  expect(await world.mails()).toHaveLength(mails.length);
});

test("every mail still does what it is for once a scanner was there", async () => {
  await using world = await openWorld();
  const mails = await everyMail(world);
  const links = linksOf(world, mails);
  for (const link of links) for (const visit of visits) await open(world, link, visit);
  expect((await world.confirm("ada@example.org")).status).toBe(303);
  const issue = mails.findLast((mail) => mail.subject === "News of one");
  expect((await world.post(issue?.leaveLink ?? "", { "List-Unsubscribe": "One-Click" })).status).toBe(200);
  const moved = mails
    .find((mail) => mail.to === "bram@new.example.org")
    ?.links.find((link) => link.includes("/address/"));
  const page = await (await world.get(moved ?? "")).text();
  expect(formsOf(page).filter(({ method }) => method === "post")).toHaveLength(1);
  expect((await world.press(moved ?? "")).status).toBe(200);
  const { db } = world.ctx.store;
  const held = await db.selectFrom("subscribers").select("email").orderBy("id").execute();
  expect(held.map(({ email }) => email)).toEqual(["ada@example.org", "bram@new.example.org"]);
});

test("a robot that presses the buttons as well is taken for the reader: nothing in a mail can tell them apart", async () => {
  await using world = await openWorld();
  await everyMail(world);
  const asked = (await world.mails("ada@example.org")).find((mail) => mail.confirmLink !== "");
  const answer = await world.press(asked?.confirmLink ?? "", /\/confirm\/[^/]+$/);
  expect(answer.status).toBe(303);
  const { db } = world.ctx.store;
  const active = await db.selectFrom("subscriptions").select("newsletter").where("status", "=", "active").execute();
  expect(active.length).toBeGreaterThan(1);
});
