import { describe, expect, test } from "vitest";
import {
  chooseAuth,
  envelopeAddress,
  helloName,
  openingLines,
  readOffers,
} from "../../../src/provider/smtp/commands.ts";

describe("an envelope address", () => {
  test.each([
    ["zoe@post.tld", "zoe@post.tld"],
    ["Zoe.B+news@post.tld", "Zoe.B+news@post.tld"],
    ["zoe@POST.tld", "zoe@post.tld"],
    ["zoe@müller.tld", "zoe@xn--mller-kva.tld"],
    ["a..b@post.tld", '"a..b"@post.tld'],
    [".a@post.tld", '".a"@post.tld'],
    ["a.@post.tld", '"a."@post.tld'],
    ["o'hara{x}|~@post.tld", "o'hara{x}|~@post.tld"],
  ])("of %s is %s", (address, expected) => {
    expect(envelopeAddress(address)).toBe(expected);
  });

  test.each([
    "jürgen@post.tld",
    "a b@post.tld",
    "a@b@post.tld",
    "<a@post.tld>",
    "a@post.tld>\r\nDATA",
    "a\0@post.tld",
    "a@post..tld",
    "a@[10.0.0.1]",
    '"a"@post.tld',
    "a@localhost",
    "",
  ])("is refused for %j", (address) => {
    expect(() => envelopeAddress(address)).toThrow(/Not one bare address/);
  });
});

test("the lines of a mail's opening name its size only where the server asks for it", () => {
  const mail = { from: "a@post.tld", to: "b@post.tld" };
  expect(openingLines(mail, null)).toEqual({
    mail: "MAIL FROM:<a@post.tld>\r\n",
    rcpt: "RCPT TO:<b@post.tld>\r\n",
    data: "DATA\r\n",
  });
  expect(openingLines(mail, 123).mail).toBe("MAIL FROM:<a@post.tld> SIZE=123\r\n");
});

test.each([
  ["letters.example.org", "10.0.0.1", "letters.example.org"],
  [null, "10.0.0.1", "[10.0.0.1]"],
  [null, "::ffff:10.0.0.1", "[10.0.0.1]"],
  [null, "fe80::1%eth0", "[IPv6:fe80::1]"],
  [null, "", "[127.0.0.1]"],
  ["localhost", "127.0.0.1", "[127.0.0.1]"],
  ["192.0.2.7", "10.0.0.1", "[10.0.0.1]"],
  ["evil.tld\r\nMAIL", "10.0.0.1", "[10.0.0.1]"],
])("we greet as %s from %s by %s", (name, address, expected) => {
  expect(helloName(name, address)).toBe(expected);
});

describe("what a server offers", () => {
  test("is read whatever the letters and blanks", () => {
    const lines = ["mx greets", "pipelining", "SIZE 35882577", "StartTLS", "AUTH  plain LOGIN", "8BITMIME"];
    expect(readOffers(lines)).toEqual({ starttls: true, pipelining: true, size: 35_882_577, auth: ["PLAIN", "LOGIN"] });
  });

  test("is nothing where nothing is said", () => {
    expect(readOffers([])).toEqual({ starttls: false, pipelining: false, size: null, auth: [] });
    expect(readOffers(["PIPELINING"])).toEqual({ starttls: false, pipelining: false, size: null, auth: [] });
  });

  test("may be a size without a limit, and the old form of AUTH", () => {
    expect(readOffers(["mx", "SIZE", "AUTH=LOGIN"])).toMatchObject({ size: 0, auth: ["LOGIN"] });
    expect(readOffers(["mx", "SIZE 0"]).size).toBe(0);
    expect(readOffers(["mx", "SIZE lots"]).size).toBe(0);
  });
});

test("the way to log in is the simplest that nobody can listen to", () => {
  expect(chooseAuth(["CRAM-MD5", "LOGIN", "PLAIN"], true)).toBe("PLAIN");
  expect(chooseAuth(["CRAM-MD5", "LOGIN"], true)).toBe("LOGIN");
  expect(chooseAuth(["PLAIN", "LOGIN"], false)).toBeNull();
  expect(chooseAuth(["PLAIN", "LOGIN", "CRAM-MD5"], false)).toBe("CRAM-MD5");
  expect(chooseAuth(["GSSAPI"], true)).toBeNull();
});
