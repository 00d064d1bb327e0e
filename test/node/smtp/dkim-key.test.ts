import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { readDkimKey } from "../../../src/node/smtp/dkim-key.ts";
import { verifyDkim } from "../../mail/dkim-verify.ts";
import { issue, notice, readers } from "../../provider/samples.ts";
import { scratchFolder } from "../../world/scratch.ts";
import { keepJournal, smtpTo, useFake } from "./rig.ts";

const rig = useFake({ manners: { size: 1_000_000 } });
const folder = scratchFolder("dkim");
mkdirSync(folder, { recursive: true });

function keyFile(name: string, pem: string): string {
  const file = join(folder, `${name}.pem`);
  writeFileSync(file, pem);
  return file;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

const rsa = (bits: number) => generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
const keys = { rsa: rsa(2048), ed25519: generateKeyPairSync("ed25519").privateKey };

for (const [kind, key] of Object.entries(keys)) {
  test(`mails signed with a key of kind ${kind} hold at the receiver, both unsubscribe headers included (FMT-18)`, async () => {
    const sign = readDkimKey(keyFile(kind, pemOf(key)), "news-2026.a");
    const smtp = smtpTo(rig.fake, { sign });
    await smtp.issue(issue)(readers(3)).send("i/1/1-1", keepJournal());
    await smtp.notices([notice("a@post.tld")]).send("i/n/1", keepJournal());
    smtp.close();
    const { mails } = await rig.fake.ledger();
    expect(mails).toHaveLength(4);
    for (const { raw } of mails) {
      const message = Buffer.from(raw ?? "", "latin1");
      const verdict = verifyDkim(message, "news-2026.a", createPublicKey(key));
      expect(verdict).toMatchObject({ ok: true });
      if (raw?.includes("List-Unsubscribe:") && verdict.ok) {
        expect(verdict.covered).toEqual(expect.arrayContaining(["list-unsubscribe", "list-unsubscribe-post", "from"]));
      }
      expect(raw).toMatch(/^DKIM-Signature: v=1;.*\r\n d=morgenblatt\.tld;/);
    }
  });
}

test("a signed mail announces no less than its size", async () => {
  const smtp = smtpTo(rig.fake, { sign: readDkimKey(keyFile("rsa4096", pemOf(rsa(4096))), "s1") });
  await smtp.issue(issue)(readers(2)).send("i/1/1-1", keepJournal());
  smtp.close();
  const [talk] = await rig.fake.talks();
  const said = (talk?.said ?? []).map(({ text }) => text).join("");
  const announced = [...said.matchAll(/ SIZE=(\d+)/g)].map(([, size]) => Number(size));
  const sizes = (await rig.fake.ledger()).mails.map(({ raw }) => raw?.length ?? 0);
  expect(announced).toHaveLength(2);
  for (const [place, size] of sizes.entries()) expect(announced[place]).toBeGreaterThanOrEqual(size);
});

describe("at the start is refused", () => {
  const good = keyFile("good", pemOf(keys.ed25519));
  const cases: readonly (readonly [what: string, file: string, selector: string, words: RegExp])[] = [
    ["a file that is not there", join(folder, "none.pem"), "s1", /TIDINGS_DKIM_KEY cannot be used: .*ENOENT/],
    ["a file without a key", keyFile("text", "hello"), "s1", /no private key that can be read/],
    [
      "a public key",
      keyFile("public", createPublicKey(keys.rsa).export({ type: "spki", format: "pem" }).toString()),
      "s1",
      /no private key/,
    ],
    ["an RSA key that is too short", keyFile("short", pemOf(rsa(768))), "s1", /an RSA key of 768 bits/],
    [
      "a key of another kind",
      keyFile("ec", pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)),
      "s1",
      /a key of kind ec/,
    ],
    ["a selector that is no name", good, "s 1", /TIDINGS_DKIM_SELECTOR cannot be used/],
    ["a selector with a dot at its end", good, "s1.", /TIDINGS_DKIM_SELECTOR/],
  ];
  test.each(cases)("%s", (_, file, selector, words) => {
    expect(() => readDkimKey(file, selector)).toThrow(AppError);
    expect(() => readDkimKey(file, selector)).toThrow(words);
  });
});
