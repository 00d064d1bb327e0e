import { expect, test } from "vitest";
import { issue, readers } from "../../provider/samples.ts";
import { accepted, keepJournal, resultsOf, smtpTo, talkOf, useFake } from "./rig.ts";

const rig = useFake();
const second = "leserin1@post1.tld";

test("a server that wants to know the size of a mail is told at least as much", async () => {
  await rig.fake.set({ size: 10_000_000 });
  const smtp = smtpTo(rig.fake);
  await smtp.issue(issue)(readers(2)).send("i/1/1-1");
  const told = [...(await talkOf(rig.fake)).client.matchAll(/SIZE=(\d+)/g)].map(([, size]) => Number(size));
  const sizes = (await rig.fake.ledger()).mails.map(({ raw }) => raw?.length ?? 0);
  expect(told).toEqual(sizes);
  smtp.close();
});

test("a mail over the server's limit is not offered to it, and the others are sent", async () => {
  await rig.fake.set({ size: 4_000 });
  const smtp = smtpTo(rig.fake);
  const list = readers(3).map((reader) => (reader.address === second ? wordy(reader) : reader));
  const outcome = await smtp.issue(issue)(list).send("i/1/1-1", keepJournal());
  expect(resultsOf(outcome)).toEqual(["accepted", "rejected", "accepted"]);
  expect(outcome).toMatchObject({ members: [{}, { reason: expect.stringContaining("5.3.4") }, {}] });
  expect((await talkOf(rig.fake)).client).not.toContain(second);
  expect(await accepted(rig.fake)).toHaveLength(2);
  smtp.close();
});

test("a server that names no limit takes any size", async () => {
  await rig.fake.set({ size: 0 });
  const smtp = smtpTo(rig.fake);
  expect(await smtp.issue(issue)(readers(1).map(wordy)).send("i/1/1-1")).toMatchObject({ result: "accepted" });
  smtp.close();
});

test("a large mail arrives byte for byte, with keys and without", async () => {
  const large = { ...issue, text: ["Guten Morgen\n".repeat(40_000)] };
  for (const knowsKeys of [true, false]) {
    const smtp = smtpTo(rig.fake, { knowsKeys });
    const journal = knowsKeys ? undefined : keepJournal();
    expect(await smtp.issue(large)(readers(2)).send("i/1/1-1", journal)).toMatchObject({ result: "accepted" });
    smtp.close();
  }
  const { mails } = await rig.fake.ledger();
  expect(mails.map(({ raw }) => raw?.match(/Guten Morgen\r\n/g)?.length)).toEqual([40_000, 40_000, 40_000, 40_000]);
});

function wordy<R extends { values: object }>(reader: R): R {
  return { ...reader, values: { ...reader.values, name: "Zoë ".repeat(500) } };
}
