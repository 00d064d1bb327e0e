import { createHash, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDkim, type DkimOptions } from "../../src/mail/dkim.ts";
import { relaxBody, relaxField } from "../../src/mail/dkim-canon.ts";
import { frameMime } from "../../src/mail/mime-frame.ts";
import { tagsOf, verifyDkim } from "./dkim-verify.ts";
import { compiled, values } from "./sample.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed = generateKeyPairSync("ed25519");
const keys = { "rsa-sha256": rsa, "ed25519-sha256": ed } as const;
const algorithms = ["rsa-sha256", "ed25519-sha256"] as const;

function signer(algorithm: DkimOptions["algorithm"], more: Partial<DkimOptions> = {}) {
  const hash = algorithm === "rsa-sha256" ? "sha256" : null;
  return createDkim({
    domain: "harbour.example",
    selector: "june",
    algorithm,
    sign: (data) => sign(hash, data, keys[algorithm].privateKey),
    ...more,
  });
}

/** A message as it leaves, the signature in front. */
function signed(message: string, algorithm: DkimOptions["algorithm"] = "ed25519-sha256"): string {
  const header = signer(algorithm)([Buffer.from(message)]);
  return Buffer.concat([header, Buffer.from(message)]).toString();
}

function verdict(message: string, algorithm: DkimOptions["algorithm"] = "ed25519-sha256") {
  return verifyDkim(Buffer.from(message), "june", keys[algorithm].publicKey);
}

function hashOf(message: string): string | undefined {
  return tagsOf(Buffer.from(signer("ed25519-sha256")([Buffer.from(message)])).toString()).bh;
}

const issue = (() => {
  const { mail } = compiled();
  const frame = frameMime(mail);
  const reader = { address: "asa@example.org", values, messageId: "abc@harbour.example", date: Date.UTC(2026, 10, 22) };
  return frame(reader).chunks;
})();
const issueText = Buffer.concat(issue).toString();

/** RFC 8463 appendix A.3, with both signatures. */
const vector = [
  "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;",
  " d=football.example.com; i=@football.example.com;",
  " q=dns/txt; s=brisbane; t=1528637909; h=from : to :",
  " subject : date : message-id : from : subject : date;",
  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
  " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus",
  " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
  "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
  " d=football.example.com; i=@football.example.com;",
  " q=dns/txt; s=test; t=1528637909; h=from : to : subject :",
  " date : message-id : from : subject : date;",
  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
  " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3",
  " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz",
  " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
  "From: Joe SixPack <joe@football.example.com>",
  "To: Suzie Q <suzie@shopping.example.net>",
  "Subject: Is dinner ready?",
  "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
  "Message-ID: <20030712040037.46341.5F8J@football.example.com>",
  "",
  "Hi.",
  "",
  "We lost the game.  Are you hungry yet?",
  "",
  "Joe.",
  "",
].join("\r\n");
const vectorKeys = {
  brisbane: createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
    format: "jwk",
  }),
  test: createPublicKey({
    key: Buffer.from(
      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
      "base64",
    ),
    format: "der",
    type: "spki",
  }),
};

describe("the standards' own examples", () => {
  it.each(["brisbane", "test"] as const)("hold for the receiver of these tests (RFC 8463, key %s)", (selector) => {
    expect(verifyDkim(Buffer.from(vector), selector, vectorKeys[selector])).toMatchObject({ ok: true });
    const other = vector.replace("Is dinner ready", "Is supper ready");
    expect(verifyDkim(Buffer.from(other), selector, vectorKeys[selector])).toEqual({ ok: false, why: "signature" });
  });

  it("have the body hash that we compute", () => {
    expect(hashOf(vector)).toBe("2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
  });

  it("are canonicalised as RFC 6376 §3.4.5 shows", () => {
    expect(relaxField("A", " X")).toBe("a:X");
    expect(relaxField("B ".trimEnd(), " Y\t\r\n\tZ  ")).toBe("b:Y Z");
    const body = relaxBody([Buffer.from(" C \r\nD \t E\r\n\r\n\r\n")]);
    expect(Buffer.concat(body).toString()).toBe(" C\r\nD E\r\n");
  });

  it("have the hash of an empty body that §3.4.4 gives", () => {
    const empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for (const body of ["", "\r\n", "\r\n\r\n", " \t\r\n \r\n"])
      expect(hashOf(`From: a@b.c\r\n\r\n${body}`)).toBe(empty);
    expect(hashOf("From: a@b.c\r\n")).toBe(empty);
  });
});

describe.each(algorithms)("a mail signed with %s", (algorithm) => {
  it("is believed, with all that identifies it covered, both List-Unsubscribe headers too (FMT-18)", () => {
    const header = signer(algorithm)(issue);
    const found = verifyDkim(Buffer.concat([header, ...issue]), "june", keys[algorithm].publicKey);
    expect(found).toEqual({
      ok: true,
      covered: [
        ...["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to"],
        ...["list-id", "list-unsubscribe", "list-unsubscribe-post", "from", "subject"],
      ],
    });
  });

  it.each([
    ["the sender", "From: The Harbour", "From: The Harbor"],
    ["the subject", "Subject: ", "Subject: Re: "],
    ["the recipient", "To: asa@", "To: osa@"],
    ["the link to leave", "List-Unsubscribe: <https://news.harbour", "List-Unsubscribe: <https://evil.harbour"],
    ["the promise of one click", "List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"],
    ["the list's id", "List-Id: The Harbour", "List-Id: A Harbour"],
    ["the date", "Date: Sun", "Date: Mon"],
    ["the boundary", 'boundary="=_', 'boundary="=-'],
    ["the text", "eleven hours", "twelve hours"],
  ])("is not believed once %s differs", (_, from, to) => {
    const mail = signed(issueText, algorithm);
    expect(verdict(mail, algorithm)).toMatchObject({ ok: true });
    expect(mail).toContain(from);
    expect(verdict(mail.replace(from, to), algorithm)).toMatchObject({ ok: false });
  });

  it.each(["From: evil@example.com", "Subject: Urgent"])("is not believed with a second header %j", (added) => {
    const mail = signed(issueText, algorithm);
    expect(verdict(`${added}\r\n${mail}`, algorithm)).toEqual({ ok: false, why: "signature" });
    expect(verdict(mail.replace("\r\nMIME-Version", `\r\n${added}\r\nMIME-Version`), algorithm).ok).toBe(false);
  });

  it("is believed after a relay has refolded its headers and trimmed its body", () => {
    const touched = signed(issueText, algorithm)
      .replace("List-Unsubscribe: <", "LIST-UNSUBSCRIBE:\r\n\t <")
      .replace("MIME-Version: 1.0", "MIME-Version:  1.0  ");
    expect(verdict(`Received: by relay\r\n${touched}\r\n\r\n`, algorithm)).toMatchObject({ ok: true });
  });
});

describe("a signature", () => {
  const header = Buffer.from(signer("rsa-sha256")(issue)).toString();

  it("is a header in lines of at most 76 columns, ASCII and ending in CRLF, without a length tag", () => {
    expect(header).toMatch(/^DKIM-Signature: v=1;[\s\S]*[A-Za-z0-9+/=]\r\n$/);
    const lines = header.slice(0, -2).split("\r\n");
    for (const [at, line] of lines.entries()) expect(line).toMatch(at === 0 ? /^[!-~][ -~]{0,75}$/ : /^ [ -~]{0,75}$/);
    expect(tagsOf(header)).toMatchObject({ d: "harbour.example", s: "june", a: "rsa-sha256" });
    expect(Object.keys(tagsOf(header))).not.toContain("l");
  });

  it("is the same on every try and dated by the mail itself (FMT-10)", () => {
    expect(Buffer.from(signer("rsa-sha256")(issue)).toString()).toBe(header);
    expect(tagsOf(header).t).toBe(String(Date.UTC(2026, 10, 22) / 1000));
    expect(signed("From: a@b.c\r\n\r\nx\r\n")).not.toMatch(/; t=/);
  });

  it("does not depend on how a message is cut into chunks, or on who hashes it", () => {
    const whole = Buffer.concat(issue);
    const sha256 = (chunks: readonly Uint8Array[]) => {
      const hash = createHash("sha256");
      for (const chunk of chunks) hash.update(chunk);
      return hash.digest();
    };
    expect(Buffer.from(signer("rsa-sha256", { sha256 })(issue)).toString()).toBe(header);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 30 }), (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), whole.length];
        const chunks = cuts.slice(1).map((end, at) => whole.subarray(cuts[at], end));
        expect(Buffer.from(signer("rsa-sha256")(chunks)).toString()).toBe(header);
      }),
      { numRuns: 60 },
    );
  });

  it("holds whatever blanks, line ends and folds a message is made of", () => {
    const unit = fc.constantFrom(" ", "\t", "\r\n", "a", "=", "b ".repeat(300), "\r\n.", "\r\n\r\n", "x\t y");
    const value = fc.string({ unit: fc.constantFrom(" ", "\t", "x", "\r\n ", "\r\n\t", ":", ";"), maxLength: 20 });
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 40 }),
        value,
        fc.constantFrom("Subject", "SUBJECT", "List-Id", "X-Other"),
        (body, text, name) => {
          const message = `From: a@b.c\r\n${name}: ${text}.\r\nDate: Sun, 22 Nov 2026 10:51:56 +0000\r\n\r\n${body}`;
          expect(verdict(signed(message))).toMatchObject({ ok: true });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("covers a header that stands there twice from below, both of them", () => {
    const twice = "From: a@b.c\r\nList-Id: <one.b.c>\r\nList-Id: <two.b.c>\r\n\r\nx\r\n";
    const mail = signed(twice);
    expect(verdict(mail)).toMatchObject({ ok: true, covered: ["from", "list-id", "list-id", "from", "subject"] });
    expect(verdict(mail.replace("<one", "<six")).ok).toBe(false);
  });

  it("is refused to a mail without a sender, with a broken header, and to names that are none", () => {
    expect(() => signed("To: a@b.c\r\n\r\nx")).toThrow("without From");
    expect(() => signed("From: a@b.c\r\nnonsense\r\n\r\nx")).toThrow("Not a header");
    expect(() => signed("From: ä@b.c\r\n\r\nx")).toThrow("not ASCII");
    expect(() => signer("rsa-sha256", { domain: "a b" })).toThrow("Not a domain");
    expect(() => signer("rsa-sha256", { domain: "a.example; x=1" })).toThrow("Not a domain");
    expect(() => signer("rsa-sha256", { selector: "" })).toThrow("Not a selector");
  });
});
