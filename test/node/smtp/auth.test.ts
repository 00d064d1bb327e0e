import { describe, expect, test } from "vitest";
import { accepted, sendIssue, talkOf, useFake } from "./rig.ts";

const rig = useFake();
const login = { user: "press", password: "p@ss wörd" };

for (const way of ["PLAIN", "LOGIN", "CRAM-MD5"] as const) {
  test(`logs in by ${way} with a password of any letters`, async () => {
    await rig.fake.set({ auth: [way], authRequired: true });
    expect(await sendIssue(rig.fake, 2, { at: { login } })).toMatchObject({ result: "accepted" });
    expect(await accepted(rig.fake)).toHaveLength(2);
  });

  test(`says that ${way} was refused, and never the password`, async () => {
    await rig.fake.set({ auth: [way], authRequired: true });
    const wrong = { user: "press", password: "another-one" };
    const outcome = await sendIssue(rig.fake, 2, { at: { login: wrong } });
    expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("SMTP 535 5.7.8") });
    expect(JSON.stringify(outcome)).toContain("SMTP_URL");
    expect(JSON.stringify(outcome)).not.toContain("another-one");
    expect(await accepted(rig.fake)).toEqual([]);
  });
}

test("a password that is too long for one command goes as an answer of its own", async () => {
  const long = { user: "press", password: "x".repeat(600) };
  await rig.fake.set({ auth: ["PLAIN"], authRequired: true, password: long.password });
  expect(await sendIssue(rig.fake, 1, { at: { login: long } })).toMatchObject({ result: "accepted" });
  expect((await talkOf(rig.fake)).client).toContain("AUTH PLAIN\r\n");
});

test("a server that repeats the password in its refusal does not bring it into a reason", async () => {
  const secret = Buffer.from("\0press\0p@ss wörd").toString("base64");
  await rig.fake.set({ auth: ["PLAIN"] });
  await rig.fake.fault({ at: "auth", kind: "reply", text: `500 5.5.2 Unknown: AUTH PLAIN ${secret}` });
  const outcome = await sendIssue(rig.fake, 1, { at: { login } });
  expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("500 5.5.2") });
  expect(JSON.stringify(outcome)).not.toContain(secret);
});

describe("a login", () => {
  for (const [text, result] of [
    ["454 4.7.0 Try later", "retry"],
    ["421 4.7.0 Too many logins", "retry"],
    ["534 5.7.9 Too weak", "halt"],
    ["530 5.7.0 TLS first", "halt"],
  ] as const) {
    test(`that is answered ${text} leads to ${result}`, async () => {
      await rig.fake.set({ auth: ["PLAIN"] });
      await rig.fake.fault({ at: "auth", kind: "reply", text });
      expect(await sendIssue(rig.fake, 1, { at: { login } })).toMatchObject({ result });
    });
  }

  test("that breaks off is tried again later", async () => {
    await rig.fake.set({ auth: ["PLAIN"] });
    await rig.fake.fault({ at: "auth", kind: "drop" });
    expect(await sendIssue(rig.fake, 1, { at: { login } })).toMatchObject({ result: "retry" });
  });

  test("that the server does not offer is a person's to mend", async () => {
    const outcome = await sendIssue(rig.fake, 1, { at: { login } });
    expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("offers no login") });
  });
});

test("a password is never shown to a far server without TLS", async () => {
  // The name of the machine at hand as a resolver may give it, and yet not one that is known to be this machine.
  const far = { host: "0.0.0.0", login, tls: "off" } as const;
  await rig.fake.set({ auth: ["PLAIN", "LOGIN"] });
  const outcome = await sendIssue(rig.fake, 1, { at: far });
  expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("must not be shown") });
  expect((await talkOf(rig.fake)).client).not.toContain("AUTH");
  await rig.fake.set({ auth: ["PLAIN", "CRAM-MD5"], authRequired: true });
  expect(await sendIssue(rig.fake, 1, { at: far })).toMatchObject({ result: "accepted" });
});
