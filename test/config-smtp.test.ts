import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { AppError } from "../src/errors.ts";

function read(url: string) {
  return readConfig({ SMTP_URL: url }).smtpUrl;
}

function faultOf(url: string): string {
  try {
    read(url);
  } catch (fault) {
    if (fault instanceof AppError && fault.code === "misconfigured") return (fault.details.faults ?? []).join("\n");
    throw fault;
  }
  return "";
}

describe("the address of a mail server", () => {
  it.each([
    [
      "smtps://press:secret@mail.example.org",
      { port: 465, tls: "implicit", login: { user: "press", password: "secret" } },
    ],
    ["smtp://press:secret@mail.example.org", { port: 587, tls: "starttls", host: "mail.example.org" }],
    ["SMTP://MAIL.example.org:2525/", { port: 2525, tls: "starttls", host: "mail.example.org", login: null, ca: null }],
    ["smtp://mail.example.org:25?tls=off", { port: 25, tls: "off" }],
    ["smtp://localhost:25", { host: "localhost", tls: "off" }],
    ["smtp://127.0.0.1:25?tls=starttls", { host: "127.0.0.1", tls: "starttls" }],
    ["smtp://[::1]:25", { host: "::1", tls: "off" }],
    ["smtps://[2001:db8::7]", { host: "2001:db8::7", tls: "implicit" }],
    ["smtps://mail.müller.example", { host: "mail.xn--mller-kva.example" }],
    ["smtps://mail.example.org?ca=/etc/ssl/own.pem", { ca: "/etc/ssl/own.pem" }],
    [
      "smtps://me%40example.org:p%40s%3As%2F%C3%BC%23@h.example",
      { login: { user: "me@example.org", password: "p@s:s/ü#" } },
    ],
    ["smtps://resend:re_123456789@smtp.resend.com:465", { host: "smtp.resend.com", port: 465 }],
  ])("may be %s", (url, expected) => expect(read(url)).toMatchObject(expected));

  it("is not needed by other ways out", () => {
    expect(readConfig({}).smtpUrl).toBeNull();
    expect(() => readConfig({ TIDINGS_PROVIDER: "smtp" })).toThrow("SMTP_URL is missing");
  });

  it.each([
    ["mail.example.org", "must look like smtps://"],
    ["https://hunter2:hunter2@mail.example.org", "must look like smtps://"],
    ["smtp://", "its host is none"],
    ["smtp://press:hunter2@", "cannot be read"],
    ["smtp://press:hunter2#x@mail.example.org", "percent-encoded"],
    ["smtp://press:hunter2/x@mail.example.org", "percent-encoded"],
    ["smtp://press:1234?x@mail.example.org", "knows ?tls= and ?ca= only"],
    ["smtp://press:hunter2%zz@mail.example.org", "percent-encoded"],
    ["smtp://press:hunter2%00@mail.example.org", "percent-encoded"],
    ["smtp://press:hunter2@mail.example.org/inbox", "percent-encoded"],
    ["smtp://press@mail.example.org", "a user without a password"],
    ["smtp://:hunter2@mail.example.org", "a user without a password"],
    ["smtp://mail.example.org:0", "a port that is none: it must be a number from 1 to 65535"],
    ["smtp://mail.example.org:70000", "a port that is none"],
    ["smtp://:@localhost:99999", "a port that is none"],
    ["smtp://press:hunter2@mail.example.org:smtp/", "a port that is none"],
    ["smtps://press:hunter2@[2001:db8::1]:99999?ca=x.pem", "a port that is none"],
    ["smtp://mail.example.org?tls=maybe", "takes ?tls=starttls or ?tls=off"],
    ["smtps://mail.example.org?tls=off", "needs no ?tls="],
    ["smtp://mail.example.org?tls=off&tls=off", "twice"],
    ["smtp://mail.example.org?pool=9", "knows ?tls= and ?ca= only"],
    ["smtp://mail.example.org?ca=", "a ?ca= without a file"],
    ["smtp://mail.example.org?tls=off&ca=x.pem", "although TLS is off"],
  ])("cannot be %s, and nothing of it is repeated", (url, words) => {
    const fault = faultOf(url);
    expect(fault).toMatch(/^SMTP_URL /);
    expect(fault).toContain(words);
    expect(fault).not.toMatch(/hunter2|1234|press|mail\.example/);
  });
});

describe("a signing key", () => {
  it("goes with its selector", () => {
    const only = [{ TIDINGS_DKIM_KEY: "data/dkim.pem" }, { TIDINGS_DKIM_SELECTOR: "s1" }];
    for (const environment of only) expect(() => readConfig(environment)).toThrow("go together");
    const both = { TIDINGS_DKIM_KEY: "data/dkim.pem", TIDINGS_DKIM_SELECTOR: "s1" };
    expect(readConfig(both)).toMatchObject({ dkimKey: "data/dkim.pem", dkimSelector: "s1" });
  });
});
