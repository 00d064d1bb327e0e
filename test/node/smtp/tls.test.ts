import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import type { MailServer } from "../../../src/mail-server.ts";
import { accepted, handClock, sendIssue, smtpTo, talkOf, useFake, waitingFor } from "./rig.ts";

const rig = useFake();
/** A server that is none: it does one thing to each connection. */
async function listen(greet: (socket: Socket) => void): Promise<{ port: number; stop(): void }> {
  const server = createServer((socket) => greet(socket.on("error", () => socket.destroy())));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => void server.close() };
}

const named = (changes: Partial<MailServer> = {}) => ({ host: "localhost", ca: rig.fake.certificateFile, ...changes });

describe("STARTTLS", () => {
  const at = () => named({ tls: "starttls" });

  test("comes before anything of a mail, and what was offered before it is forgotten", async () => {
    await rig.fake.set({ starttls: true });
    expect(await sendIssue(rig.fake, 3, { at: at() })).toMatchObject({ result: "accepted" });
    const [talk] = await rig.fake.talks();
    expect(talk?.tls).toBe(true);
    const { client } = await talkOf(rig.fake);
    expect(client).toMatch(/^EHLO \S+\r\nSTARTTLS\r\nEHLO \S+\r\nMAIL FROM:/);
  });

  test("is never done without: a server that does not offer it gets no mail", async () => {
    const outcome = await sendIssue(rig.fake, 3, { at: at() });
    expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("offers no STARTTLS") });
    const { client } = await talkOf(rig.fake);
    expect(client).toMatch(/^EHLO \S+\r\nQUIT\r\n$/);
  });

  test("that the server puts off is tried again later, and one that it refuses is a person's to mend", async () => {
    await rig.fake.set({ starttls: true });
    await rig.fake.fault({ at: "starttls", kind: "reply", text: "454 4.7.0 TLS not available" });
    expect(await sendIssue(rig.fake, 1, { at: at() })).toMatchObject({ result: "retry" });
    await rig.fake.fault({ at: "starttls", kind: "reply", text: "502 5.5.1 Not here" });
    expect(await sendIssue(rig.fake, 1, { at: at() })).toMatchObject({ result: "halt" });
  });

  test("takes nothing over that somebody said before it", async () => {
    await rig.fake.set({ starttls: true });
    await rig.fake.fault({ at: "starttls", kind: "reply", text: "220 Go ahead\r\n250-fake\r\n250 AUTH PLAIN" });
    const outcome = await sendIssue(rig.fake, 1, { at: at() });
    expect(outcome).toMatchObject({ result: "retry", reason: expect.stringContaining("before TLS") });
    expect(await accepted(rig.fake)).toEqual([]);
  });

  test("that breaks off in the handshake is tried again later", async () => {
    await rig.fake.set({ starttls: true });
    await rig.fake.fault({ at: "tls", kind: "drop" });
    const outcome = await sendIssue(rig.fake, 1, { at: at() });
    expect(outcome).toMatchObject({
      result: "retry",
      reason: expect.stringContaining("TLS with the mail server failed"),
    });
  });

  test("whose handshake never ends is left after 30 seconds", async () => {
    await rig.fake.set({ starttls: true });
    await rig.fake.fault({ at: "tls", kind: "hang" });
    const clock = handClock();
    const sending = sendIssue(rig.fake, 1, { at: at(), timers: clock });
    await expect.poll(async () => rig.fake.faultsLeft(), { timeout: 10_000 }).toEqual([]);
    await waitingFor(clock, 30_000);
    clock.pass(30_000);
    expect(await sending).toMatchObject({ result: "retry", reason: expect.stringContaining("within 30000 ms") });
  });
});

describe("TLS from the first byte", () => {
  test("carries a whole call", async () => {
    await rig.fake.set({ implicitTls: true });
    expect(await sendIssue(rig.fake, 3, { at: named({ tls: "implicit" }) })).toMatchObject({ result: "accepted" });
    expect((await rig.fake.talks()).map(({ tls }) => tls)).toEqual([true]);
    expect(await accepted(rig.fake)).toHaveLength(3);
  });

  test("keeps one mail in doubt when the connection is lost behind its end", async () => {
    await rig.fake.set({ implicitTls: true });
    await rig.fake.fault({ at: "dot", kind: "drop", accept: true, to: "leserin1@post1.tld" });
    const outcome = await sendIssue(rig.fake, 3, { at: named({ tls: "implicit" }) });
    expect(outcome).toMatchObject({
      result: "partly",
      members: [{ result: "accepted" }, { result: "unsure" }, { result: "later" }],
    });
  });

  test("where there is none, says which scheme is for which port", async () => {
    const { port, stop } = await listen((socket) => socket.write("220 plain ESMTP\r\n"));
    const outcome = await sendIssue(rig.fake, 1, { at: named({ tls: "implicit", port }) });
    stop();
    expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("smtp:// for STARTTLS") });
  });
});

describe("a certificate", () => {
  for (const [what, manners, changes] of [
    ["that nobody vouches for", {}, { ca: null }],
    ["of another host", { certificate: { host: "mail.other.tld", expired: false } }, {}],
    ["whose time is over", { certificate: { host: "localhost", expired: true } }, {}],
  ] as const) {
    for (const tls of ["implicit", "starttls"] as const) {
      test(`${what} stops everything (${tls})`, async () => {
        await rig.fake.set({ ...manners, implicitTls: tls === "implicit", starttls: tls === "starttls" });
        const outcome = await sendIssue(rig.fake, 1, { at: named({ tls, ...changes }) });
        expect(outcome).toMatchObject({ result: "halt", reason: expect.stringContaining("certificate must be valid") });
        expect(await accepted(rig.fake)).toEqual([]);
      });
    }
  }

  test("of an IP address is verified against it", async () => {
    await rig.fake.set({ implicitTls: true, certificate: { host: "127.0.0.1", expired: false } });
    const at = named({ host: "127.0.0.1", tls: "implicit" });
    expect(await sendIssue(rig.fake, 1, { at })).toMatchObject({ result: "accepted" });
  });

  test("file that is missing, or holds none, is told at the start", () => {
    const file = `${rig.fake.ledgerFile}.txt`;
    writeFileSync(file, "nothing");
    for (const ca of [`${file}.missing`, file]) {
      const start = () => smtpTo(rig.fake, { at: named({ tls: "implicit", ca }) });
      expect(start).toThrow(AppError);
      expect(start).toThrow(/certificates of SMTP_URL/);
    }
    expect(readFileSync(file, "utf8")).toBe("nothing");
  });
});
