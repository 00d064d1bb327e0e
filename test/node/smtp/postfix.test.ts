import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fill } from "../../../src/mail/segments.ts";
import type { MailServer } from "../../../src/mail-server.ts";
import { readDkimKey } from "../../../src/node/smtp/dkim-key.ts";
import { createSmtp } from "../../../src/node/smtp/send.ts";
import { verifyDkim } from "../../mail/dkim-verify.ts";
import { issue, notice, readers } from "../../provider/samples.ts";
import { scratchFolder } from "../../world/scratch.ts";
import { isPostfixHere, type Postfix, startPostfix } from "./postfix.ts";
import { keepJournal, resultsOf } from "./rig.ts";

const inCi = process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false";

// Straight to the terminal: the runner would frame a console line with two of its own.
if (!isPostfixHere && !inCi) {
  writeSync(2, "Tests against a real Postfix are skipped: none here, or not root (install the package postfix).\n");
}

test.skipIf(!isPostfixHere && !inCi)("Postfix is there to be tried; in CI that must not be skipped", () => {
  expect(isPostfixHere).toBe(true);
});

describe.skipIf(!isPostfixHere)("a real Postfix", () => {
  let postfix: Postfix;
  beforeAll(async () => {
    postfix = await startPostfix(["post0.tld", "post1.tld", "post2.tld", "post.tld"]);
  });
  afterAll(() => postfix?.stop());

  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const keyFile = join(scratchFolder("postfix"), "dkim.pem");
  writeFileSync(keyFile, key.export({ type: "pkcs8", format: "pem" }));

  function smtp(changes: Partial<MailServer> = {}) {
    const server: MailServer = { host: "localhost", port: postfix.port, tls: "off", login: null, ca: null, ...changes };
    return createSmtp({ server, name: null, sign: readDkimKey(keyFile, "s1") });
  }

  test("takes two hundred mails in the clear and over STARTTLS, and delivers each once, whole and signed", async () => {
    const ways = [smtp(), smtp({ tls: "starttls", ca: postfix.certificateFile })];
    const lists = [readers(100), readers(100, 100)];
    const sending = ways.map((way, at) =>
      way
        .issue(issue)(lists[at] ?? [])
        .send(`i/1/${at}`, keepJournal()),
    );
    for (const outcome of await Promise.all(sending)) {
      expect(outcome).toMatchObject({ result: "accepted" });
      expect(outcome.result === "accepted" ? outcome.ids[99] : "").toMatch(/^2\.0\.0 Ok: queued as \w+$/);
    }
    for (const way of ways) way.close();
    await arriving(postfix, 200);
    const arrived = new Map(postfix.delivered().map((raw) => [originalRecipient(raw), raw]));
    expect(arrived.size).toBe(200);
    for (const reader of lists.flat()) {
      const raw = arrived.get(reader.address) ?? Buffer.alloc(0);
      const mail = await PostalMime.parse(raw);
      expect(mail).toMatchObject({ subject: fill(issue.subject, reader.values), messageId: `<${reader.messageId}>` });
      expect(mail.html?.replaceAll("\r\n", "\n").trimEnd()).toBe(fill(issue.html, reader.values).trimEnd());
      expect(mail.to?.map(({ address }) => address)).toEqual([reader.address]);
      expect(headerOf(raw, "List-Unsubscribe")).toBe(`<${reader.values.leaveUrl}>`);
      expect(headerOf(raw, "Return-Path")).toBe(`<${issue.from.address}>`);
      expect(verifyDkim(asSent(raw), "s1", createPublicKey(key))).toMatchObject({ ok: true });
    }
  }, 60_000);

  test("refuses what it does not know, in words that say what it is", async () => {
    const way = smtp();
    const [first, second] = readers(2);
    const outcome = await way
      .issue(issue)([first!, { ...second!, address: "nobody@elsewhere.tld" }])
      .send("i/2/1", keepJournal());
    expect(resultsOf(outcome)).toEqual(["accepted", "rejected"]);
    expect(outcome).toMatchObject({
      members: [{}, { reason: expect.stringMatching(/^SMTP 554 5\.7\.1: .*Relay access/) }],
    });
    // A server that has accepted nothing yet may relay for nobody, which no reader is to blame for.
    const fresh = smtp();
    const alone = await fresh.notices([notice("nobody@elsewhere.tld")]).send("i/2/2", keepJournal());
    fresh.close();
    expect(alone).toMatchObject({ result: "halt", reason: expect.stringContaining("SMTP_URL") });
    const large = notice("a@post.tld", { text: "Guten Morgen\n".repeat(90_000) });
    const refused = await way.notices([large]).send("i/2/3", keepJournal());
    expect(refused).toMatchObject({ members: [{ result: "rejected", reason: expect.stringContaining("5.3.4") }] });
    way.close();
  });
});

async function arriving(postfix: Postfix, count: number): Promise<void> {
  await expect
    .poll(() => postfix.delivered().length, { timeout: 40_000, interval: 100 })
    .toBe(count)
    .catch((fault) => {
      throw new Error(`${String(fault)}\n${postfix.trouble()}`);
    });
}

function originalRecipient(raw: Buffer): string {
  return headerOf(raw, "X-Original-To");
}

function headerOf(raw: Buffer, name: string): string {
  return new RegExp(`^${name}: (.*)$`, "im").exec(raw.toString("latin1"))?.[1]?.trim() ?? "";
}

/** A Maildir keeps local line ends. */
function asSent(raw: Buffer): Buffer {
  return Buffer.from(raw.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");
}
