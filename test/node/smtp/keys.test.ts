import { expect, test } from "vitest";
import { issue, readers } from "../../provider/samples.ts";
import { accepted, smtpTo, useFake } from "./rig.ts";

const rig = useFake({ manners: { keys: true } });
const second = "leserin1@post1.tld";

test("the server of Resend is known by its name", () => {
  const named = (host: string) => smtpTo(rig.fake, { at: { host } }).knowsKeys;
  expect([named("smtp.resend.com"), named("smtp.resend.com.evil.tld"), named("127.0.0.1")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("each mail carries a key of its own, the same on every try", async () => {
  const smtp = smtpTo(rig.fake, { knowsKeys: true });
  const parcel = smtp.issue(issue)(readers(3));
  const first = await parcel.send("i/1/1-1");
  expect(await parcel.send("i/1/1-1")).toEqual(first);
  const { mails } = await rig.fake.ledger();
  expect(mails.map(({ key }) => key)).toEqual(["i/1/1-1-0", "i/1/1-1-1", "i/1/1-1-2"]);
  smtp.close();
});

test("without keys no such header is sent", async () => {
  const smtp = smtpTo(rig.fake);
  await smtp.issue(issue)(readers(1)).send("i/1/1-1");
  expect((await rig.fake.ledger()).mails.map(({ key }) => key)).toEqual([null]);
  smtp.close();
});

for (const [what, fault] of [
  ["that was accepted without an answer", { at: "dot", kind: "drop", accept: true, to: second }],
  ["whose connection was lost before it", { at: "rcpt", kind: "drop", to: second }],
  ["that is for later", { at: "rcpt", kind: "reply", text: "450 4.2.0 Later", to: second }],
] as const) {
  test(`a call with a mail ${what} is unsure as a whole, and its repeat sends nothing twice`, async () => {
    const smtp = smtpTo(rig.fake, { knowsKeys: true });
    const parcel = smtp.issue(issue)(readers(4));
    await rig.fake.fault(fault);
    expect(await parcel.send("i/1/1-1")).toMatchObject({ result: "unsure" });
    const again = await parcel.send("i/1/1-1");
    expect(again).toMatchObject({ result: "accepted" });
    expect((await accepted(rig.fake)).sort()).toEqual(
      readers(4)
        .map(({ address }) => address)
        .sort(),
    );
    smtp.close();
  });
}

test("a repeat by another process sends nothing twice either", async () => {
  await rig.fake.fault({ at: "dot", kind: "drop", accept: true, to: second });
  const first = smtpTo(rig.fake, { knowsKeys: true });
  await first.issue(issue)(readers(4)).send("i/1/1-1");
  const other = smtpTo(rig.fake, { knowsKeys: true });
  expect(await other.issue(issue)(readers(4)).send("i/1/1-1")).toMatchObject({ result: "accepted" });
  expect(await accepted(rig.fake)).toHaveLength(4);
  first.close();
  other.close();
});

test("a repeat leaves out what is known to be accepted, so that slow servers come to an end", async () => {
  const smtp = smtpTo(rig.fake, { knowsKeys: true });
  const parcel = smtp.issue(issue)(readers(4));
  await rig.fake.fault({ at: "rcpt", kind: "drop", to: "leserin3@post0.tld" });
  expect(await parcel.send("i/1/1-1")).toMatchObject({ result: "unsure" });
  expect(await parcel.send("i/1/1-1")).toMatchObject({ result: "accepted", ids: expect.arrayContaining([]) });
  const talks = await rig.fake.talks();
  const recipients = talks.map(({ said }) =>
    said.flatMap(({ by, text }) => (by === "client" ? (text.match(/RCPT TO/g) ?? []) : [])),
  );
  expect(recipients.map((found) => found.length)).toEqual([4, 1]);
  smtp.close();
});

test("a refused mail among accepted ones is told by itself", async () => {
  const smtp = smtpTo(rig.fake, { knowsKeys: true });
  await rig.fake.fault({ at: "rcpt", kind: "reply", text: "550 5.1.1 No such user", to: second });
  const outcome = await smtp.issue(issue)(readers(3)).send("i/1/1-1");
  expect(outcome).toMatchObject({
    result: "partly",
    members: [{ result: "accepted" }, { result: "rejected" }, { result: "accepted" }],
    ended: null,
  });
  smtp.close();
});

test("the longest key that a batch may have still makes keys that Resend takes", async () => {
  const smtp = smtpTo(rig.fake, { knowsKeys: true });
  await smtp.issue(issue)(readers(2)).send("x".repeat(256));
  const keys = (await rig.fake.ledger()).mails.map(({ key }) => key ?? "");
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(key).toMatch(/^[\x21-\x7e]{1,256}$/);
  smtp.close();
});
