import { expect, test } from "vitest";
import { type EditNewsletterInput, editNewsletter } from "../../src/newsletter/edit.ts";
import { faults } from "../fakes/resend/faults.ts";
import { calls, changeBatch, newsletter, type Office, once, openOffice, openPost, received } from "./post.ts";

const archive = "https://letters.harbourcourier.example/n/tide/archive";
const header = `"List-Archive":"<${archive}>"`;

function open(office: Office, to: NonNullable<EditNewsletterInput["archive"]>) {
  return editNewsletter(office.ctx, { slug: newsletter, changes: { archive: to } });
}

async function headers(office: Office): Promise<(string | undefined)[]> {
  return (await office.mails()).map((mail) => mail.headers.get("list-archive"));
}

test("an issue names the page where everybody finds all issues of its newsletter (RFC 2369)", async () => {
  const office = await openOffice({ readers: 2 });
  await office.start();
  await office.finish();
  expect(await headers(office)).toEqual([`<${archive}>`, `<${archive}>`]);
  const page = await office.get(archive);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("News of one");
});

test.each(["link", "none"] as const)("an issue whose archive is %s names no such page", async (who) => {
  const office = await openOffice({ readers: 2 });
  await open(office, who);
  await office.start();
  await office.finish();
  expect(await headers(office)).toEqual([undefined, undefined]);
  expect((await office.get(archive)).status).toBe(404);
});

test("a switch holds from the next issue on: what is under way leaves as it began", async () => {
  const office = await openOffice({ readers: 3, limits: { members: 1 } });
  await office.start();
  while ((await office.recipients()).length === 0) await office.turn();
  expect(await office.recipients()).toHaveLength(1);
  await open(office, "none");
  await office.finish();
  expect(await headers(office)).toEqual([`<${archive}>`, `<${archive}>`, `<${archive}>`]);
  await office.start("two");
  await office.finish();
  expect((await headers(office)).slice(3)).toEqual([undefined, undefined, undefined]);
});

test.each([
  ["public", "none"],
  ["public", "link"],
  ["none", "public"],
] as const)(
  "switched from %s to %s between two attempts, the same bytes leave, and nothing is in doubt (REL-04)",
  async (from, to) => {
    const post = await openPost({ readers: 150 });
    await open(post, from);
    await post.fake.fault(faults.accepted502);
    await post.start();
    while ((await calls(post)).length === 0) await post.turn();
    await open(post, to);
    // As after a restart: nothing compiled is kept.
    changeBatch(post, "strict");
    await post.finish();
    const made = await calls(post);
    const [first] = made;
    const again = made.filter(({ key }) => key === first?.key);
    expect(again).toEqual([first, first]);
    expect(made).toHaveLength(3);
    for (const { body } of made) expect(body?.includes(header)).toBe(from === "public");
    expect(await received(post)).toEqual(once(1, 150));
    expect((await post.status()).sums).toMatchObject({ accepted: 150, inDoubt: 0, failed: 0 });
  },
);
