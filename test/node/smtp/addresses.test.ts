import { expect, test } from "vitest";
import { issue, notice, readers } from "../../provider/samples.ts";
import { accepted, smtpTo, useFake } from "./rig.ts";

const rig = useFake();

function reader(address: string) {
  const [first] = readers(1);
  return { ...first!, address };
}

test("a local part that needs quotes gets them in the envelope", async () => {
  const smtp = smtpTo(rig.fake);
  const outcome = await smtp
    .issue(issue)([reader("a..b@post.tld"), reader(".dot@post.tld")])
    .send("i/1/1-1");
  expect(outcome).toMatchObject({ result: "accepted" });
  expect(await accepted(rig.fake)).toEqual(['"a..b"@post.tld', '".dot"@post.tld']);
  smtp.close();
});

test("a domain in A-labels stays one, and is reached as one", async () => {
  const smtp = smtpTo(rig.fake);
  await smtp.notices([notice("leserin@xn--mller-kva.tld")]).send("i/n/1");
  expect(await accepted(rig.fake)).toEqual(["leserin@xn--mller-kva.tld"]);
  smtp.close();
});

test("an address outside ASCII, or with more in it than one address, never reaches the wire", async () => {
  const smtp = smtpTo(rig.fake);
  const bad = [
    "jürgen@post.tld",
    "leserin@müller.tld",
    "a@b.tld> SIZE=1",
    "a@b.tld\r\nRCPT TO:<evil@y.tld>",
    "<a@b.tld>",
    '"a b"@post.tld',
    "a@b.tld,evil@y.tld",
    "a@[127.0.0.1]",
    "postmaster",
  ];
  for (const address of bad) {
    const call = smtp.issue(issue)([reader("ok@post.tld"), reader(address)]);
    expect(await call.send("i/1/1-1"), address).toMatchObject({ result: "rejected", index: 1 });
    expect(await smtp.notices([notice(address)]).send("i/n/1"), address).toMatchObject({
      result: "rejected",
      index: 0,
    });
  }
  expect(await rig.fake.counts()).toMatchObject({ mails: 0, connections: 0 });
});

test("each mail has one recipient, in the envelope and in its header", async () => {
  const smtp = smtpTo(rig.fake);
  await smtp.issue(issue)(readers(3)).send("i/1/1-1");
  for (const { recipient, sender, raw, messageId } of (await rig.fake.ledger()).mails) {
    expect(raw?.match(/^To: .*$/gm)).toEqual([`To: ${recipient}`]);
    expect(sender).toBe(issue.from.address);
    expect(messageId).toMatch(/^i12\.\d@morgenblatt\.tld$/);
  }
  smtp.close();
});
