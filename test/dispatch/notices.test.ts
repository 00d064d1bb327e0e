import { expect, test } from "vitest";
import { turn } from "../../src/jobs.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { hour } from "../world.ts";
import { newsletter, type Office, openOffice } from "./post.ts";

interface Row {
  readonly kind: string;
  readonly state: string | null;
  readonly reason: string | null;
  readonly paid: string | null;
}

function notices({ connection }: Office): Promise<Row[]> {
  const all =
    "select n.kind, n.state, n.reason, b.state paid from notices n left join batches b on b.id = n.batch order by n.id";
  return connection.prepare<[], Row>(all).all();
}

test("250 notices that are due leave in three calls", async () => {
  const office = await openOffice({ readers: 250 });
  await office.connection.exec(
    `insert into notices (kind, subscriber, items, created_at, expires_at, due_at)
     select 'already', id, '[[1,1]]', 0, 9e15, id from subscribers`,
  );
  expect(await office.drain()).toBe(3);
  expect((await office.batches()).map((batch) => [batch.lane, batch.size, batch.state])).toEqual([
    [0, 100, "accepted"],
    [0, 100, "accepted"],
    [0, 50, "accepted"],
  ]);
  const mailed = (await office.mails()).map((mail) => mail.to);
  expect(new Set(mailed).size).toBe(250);
  expect(mailed).toHaveLength(250);
});

test("sign-ups that wait together leave as one mail, and it names them all", async () => {
  const office = await openOffice();
  await office.newsletter("harbour");
  await office.signUp("anna@post.tld", newsletter);
  await office.drain();
  office.advance(1_000);
  await office.signUp("anna@post.tld", "harbour");
  await office.signUp("anna@post.tld", ["harbour", newsletter]);
  expect(await office.drain()).toBe(0);
  await office.finish();
  const [first, second, ...others] = await office.mails("anna@post.tld");
  expect(others).toEqual([]);
  expect(first?.text).toContain("The tide letter");
  expect(first?.text).not.toContain("The harbour letter");
  expect(second?.text).toContain("The tide letter");
  expect(second?.text).toContain("The harbour letter");
});

test("a sign-up that comes while its forerunner is being sent gets a mail of its own", async () => {
  const claimed = Promise.withResolvers<void>();
  const office = await openOffice({ probe: (passage) => passage === "claimed" && claimed.resolve() });
  await office.newsletter("harbour");
  await office.signUp("anna@post.tld", newsletter);
  const paying = turn(office.ctx);
  await claimed.promise;
  await office.signUp("anna@post.tld", "harbour");
  await paying;
  await office.finish();
  expect(await notices(office)).toMatchObject([{ paid: "accepted" }, { paid: "accepted" }]);
  const texts = (await office.mails("anna@post.tld")).map((mail) => mail.text);
  expect(texts.filter((text) => text.includes("The harbour letter"))).toHaveLength(1);
});

test("what has expired before it could leave is skipped", async () => {
  const office = await openOffice();
  office.fault = () => ({ result: "retry", reason: "down" });
  await office.signUp("anna@post.tld", newsletter);
  await office.drain();
  office.advance(72 * hour);
  office.fault = () => null;
  await office.finish();
  expect(await notices(office)).toEqual([
    { kind: "confirmation", state: "skipped", reason: "expired", paid: "skipped" },
  ]);
  expect(await office.mails()).toEqual([]);
});

test("a provider that is down for hours delays a confirmation, and loses none", async () => {
  const office = await openOffice();
  const end = office.clock.now + 6 * hour;
  office.fault = () => (office.clock.now < end ? { result: "retry", reason: "down" } : null);
  await office.signUp("anna@post.tld", newsletter);
  await office.finish();
  expect(office.clock.now).toBeLessThan(end + hour);
  expect(await office.mails("anna@post.tld")).toHaveLength(1);
  expect((await office.confirm("anna@post.tld")).status).toBe(303);
});

test("a confirmation for an address that was suppressed meanwhile is skipped", async () => {
  const office = await openOffice();
  await office.signUp("anna@post.tld", newsletter);
  await office.signUp("bert@post.tld", newsletter);
  await addSuppression(office.ctx, { address: "anna@post.tld" });
  await office.finish();
  expect(await notices(office)).toEqual([
    { kind: "confirmation", state: "skipped", reason: "suppressed", paid: "accepted" },
    { kind: "confirmation", state: null, reason: null, paid: "accepted" },
  ]);
  expect((await office.mails()).map((mail) => mail.to)).toEqual(["bert@post.tld"]);
});

test("nothing leaves before the operator is named, and nothing is lost", async () => {
  const office = await openOffice({ instance: { operator: "" } });
  await office.signUp("anna@post.tld", newsletter);
  expect(await office.drain()).toBe(0);
  await office.connection.exec("update instance set operator = 'Harbour Courier Ltd'");
  await office.drain();
  expect(await office.mails("anna@post.tld")).toHaveLength(1);
});
