import { describe, expect, test } from "vitest";
import type { Fault, Place } from "../../fakes/smtp/faults.ts";
import { accepted, handClock, keepJournal, resultsOf, sendIssue, struck, useFake, waitingFor } from "./rig.ts";

const rig = useFake();
const said = (at: Place, text: string, more: Partial<Fault> = {}): Fault => ({ at, kind: "reply", text, ...more });

/** Before the first mail has begun nothing can be in doubt: the whole call is told one thing (RULES §8.3). */
const beforeMails: readonly (readonly [what: string, fault: Fault, result: "retry" | "halt", words: string])[] = [
  ["a connection that is reset", { at: "connect", kind: "drop" }, "retry", "The "],
  [
    "a greeting of 421",
    { at: "greeting", kind: "bye", text: "421 4.3.2 Too busy" },
    "retry",
    "SMTP 421 4.3.2: Too busy",
  ],
  ["a greeting of 554", { at: "greeting", kind: "bye", text: "554 5.7.1 Go away" }, "retry", "SMTP 554 5.7.1: Go away"],
  ["a greeting of another protocol", said("greeting", "SSH-2.0-OpenSSH_9.2"), "retry", "no SMTP"],
  ["a greeting that is dropped", { at: "greeting", kind: "drop" }, "retry", "The "],
  ["EHLO answered 421", { at: "ehlo", kind: "bye", text: "421 4.3.2 Restart" }, "retry", "SMTP 421"],
  ["EHLO answered 451", said("ehlo", "451 4.3.0 Not now"), "retry", "SMTP 451"],
  ["EHLO answered 550 and so HELO", said("ehlo", "550 5.7.1 Bad name"), "halt", "did not take our greeting"],
  ["EHLO dropped", { at: "ehlo", kind: "drop" }, "retry", "The "],
  ["EHLO answered with garbage", said("ehlo", "hello there"), "retry", "no SMTP"],
  ["EHLO answered with codes that differ", said("ehlo", "250-a\r\n251 b"), "retry", "no SMTP"],
  ["the first MAIL answered 421", { at: "mail", kind: "bye", text: "421 4.7.0 Too many" }, "retry", "SMTP 421 4.7.0"],
  ["the first MAIL answered 450", said("mail", "450 4.1.8 Sender domain not found"), "retry", "SMTP 450"],
  ["the first MAIL answered 451", said("mail", "451 4.3.0 Busy"), "retry", "SMTP 451"],
  ["the first MAIL answered 452", said("mail", "452 4.3.1 Disk full"), "retry", "SMTP 452"],
  ["the first MAIL answered 550", said("mail", "550 5.7.1 Not your domain"), "halt", "SMTP 550 5.7.1: Not your domain"],
  ["the first MAIL answered 530", said("mail", "530 5.7.0 Log in first"), "halt", "SMTP_URL"],
  ["the first MAIL answered 554", said("mail", "554 5.7.1 Blocked"), "halt", "refused the sender"],
  ["the first MAIL dropped", { at: "mail", kind: "drop" }, "retry", "The "],
  ["the first MAIL answered with garbage", said("mail", "25O ok"), "retry", "no SMTP"],
  ["the first RCPT answered 421", { at: "rcpt", kind: "bye", text: "421 4.3.2 Restart" }, "retry", "SMTP 421"],
  [
    "the first RCPT answered that nothing is relayed",
    said("rcpt", "554 5.7.1 Relay access denied"),
    "halt",
    "SMTP_URL",
  ],
  ["the first RCPT dropped", { at: "rcpt", kind: "drop" }, "retry", "The "],
  ["the first DATA answered 421", { at: "data", kind: "bye", text: "421 4.3.2 Restart" }, "retry", "SMTP 421"],
  ["the first DATA answered 503", said("data", "503 5.5.1 Out of order"), "halt", "SMTP 503"],
  ["the first DATA answered 250", said("data", "250 2.0.0 Fine"), "retry", "SMTP 250"],
  ["the first DATA dropped", { at: "data", kind: "drop" }, "retry", "The "],
];

for (const pipelining of [true, false]) {
  describe(`before any mail has begun, ${pipelining ? "with" : "without"} PIPELINING,`, () => {
    for (const [what, fault, result, words] of beforeMails) {
      test(`${what} is told as ${result}, and nothing has left`, async () => {
        await rig.fake.set({ pipelining });
        const helo = what.endsWith("HELO") ? [said("helo", fault.text ?? "")] : [];
        await rig.fake.fault(fault, ...helo);
        const journal = keepJournal();
        const outcome = await sendIssue(rig.fake, 3, { journal });
        expect(outcome).toMatchObject({ result, reason: expect.stringContaining(words) });
        expect(await accepted(rig.fake)).toEqual([]);
        expect(await rig.fake.faultsLeft()).toEqual([]);
        expect(journal.told).toEqual([]);
        expect(await sendIssue(rig.fake, 3)).toMatchObject({ result: "accepted" });
        expect(await accepted(rig.fake)).toHaveLength(3);
      });
    }
  });

  describe(`what a server says of one mail of three, ${pipelining ? "with" : "without"} PIPELINING:`, () => {
    const second = "leserin1@post1.tld";
    const rows: readonly (readonly [Place, string, "rejected" | "later"])[] = [
      ["mail", "552 5.3.4 Message too big", "rejected"],
      ["rcpt", "450 4.2.0 Greylisted", "later"],
      ["rcpt", "451 4.7.1 Try again", "later"],
      ["rcpt", "452 4.5.3 Too many recipients", "later"],
      ["rcpt", "550 5.1.1 No such user", "rejected"],
      ["rcpt", "550 No such user", "rejected"],
      ["rcpt", "550 5.7.1 Relaying denied by the owner", "rejected"],
      ["rcpt", "552 5.2.2 Mailbox full", "rejected"],
      ["rcpt", "554 5.7.1 Blocked", "rejected"],
      ["data", "451 4.7.1 Try again", "later"],
      ["data", "554 5.7.1 Not like this", "rejected"],
      ["dot", "450 4.2.1 Busy mailbox", "later"],
      ["dot", "451 4.3.0 Local error", "later"],
      ["dot", "452 4.2.2 Full", "later"],
      ["dot", "550 5.7.1 Content", "rejected"],
      ["dot", "552 5.3.4 Too big", "rejected"],
      ["dot", "554 5.7.1 Spam", "rejected"],
    ];
    for (const [at, text, result] of rows) {
      test(`${text} after ${at === "dot" ? "its end" : at.toUpperCase()} leaves it ${result} and the others accepted`, async () => {
        await rig.fake.set({ pipelining });
        // MAIL comes before its recipient is known, so there the second one is counted.
        await rig.fake.fault(said(at, text, at === "mail" ? { skip: 1 } : { to: second }));
        const journal = keepJournal();
        const outcome = await sendIssue(rig.fake, 3, { journal });
        expect(resultsOf(outcome)).toEqual(["accepted", result, "accepted"]);
        const [code = "", enhanced = ""] = text.split(" ");
        const reason = /^\d\./.test(enhanced) ? `SMTP ${code} ${enhanced}: ` : `SMTP ${code}: `;
        expect(outcome).toMatchObject({ ended: null, members: [{}, { reason: expect.stringContaining(reason) }, {}] });
        expect(await accepted(rig.fake)).toEqual(["leserin0@post0.tld", "leserin2@post2.tld"]);
        const own = at === "dot" ? ["leaving 1", "not 1"] : [];
        expect(journal.told).toEqual(["leaving 0", "accepted 0", ...own, "leaving 2", "accepted 2"]);
      });
    }

    const ends: readonly (readonly [Place, Fault["kind"], string])[] = [
      ["rcpt", "bye", "421 4.3.2 Restart"],
      ["rcpt", "drop", ""],
      ["rcpt", "reply", "452 4.3.1 Disk full"],
      ["data", "bye", "421 4.3.2 Restart"],
      ["data", "drop", ""],
      ["dot", "bye", "421 4.3.2 Restart"],
      ["dot", "reply", "452 4.3.1 Disk full"],
    ];
    for (const [at, kind, text] of ends) {
      test(`${text || "a reset"} at ${at === "dot" ? "its end" : at.toUpperCase()} leaves it and the next for later, and nothing in doubt`, async () => {
        await rig.fake.set({ pipelining });
        await rig.fake.fault({ at, kind, text, to: second });
        const journal = keepJournal();
        const outcome = await sendIssue(rig.fake, 3, { journal });
        expect(resultsOf(outcome)).toEqual(["accepted", "later", "later"]);
        expect(outcome).toMatchObject({ ended: { result: "retry" } });
        expect(await accepted(rig.fake)).toEqual(["leserin0@post0.tld"]);
        const own = at === "dot" ? ["leaving 1", "not 1"] : [];
        expect(journal.told).toEqual(["leaving 0", "accepted 0", ...own]);
      });
    }

    test("a sender who may not send any more ends the call, and the rest waits for a person", async () => {
      await rig.fake.set({ pipelining });
      await rig.fake.fault(said("mail", "550 5.7.1 Over your quota", { skip: 1 }));
      const outcome = await sendIssue(rig.fake, 3);
      expect(resultsOf(outcome)).toEqual(["accepted", "later", "later"]);
      expect(outcome).toMatchObject({ ended: { result: "halt", reason: expect.stringContaining("Over your quota") } });
    });
  });
}

test("a server from before EHLO is greeted by HELO", async () => {
  await rig.fake.set({ ehlo: false, pipelining: false });
  expect(await sendIssue(rig.fake, 2)).toMatchObject({ result: "accepted" });
});

test("replies that come one byte at a time are read as they are", async () => {
  await rig.fake.fault(
    { at: "greeting", kind: "drip", every: 1 },
    { at: "ehlo", kind: "drip", every: 1 },
    { at: "dot", kind: "drip", every: 1 },
  );
  expect(await sendIssue(rig.fake, 2)).toMatchObject({ result: "accepted" });
});

test("a server that says nothing is left after 30 seconds, whatever it was asked", async () => {
  for (const at of ["greeting", "ehlo", "mail", "rcpt", "data"] as const) {
    const clock = handClock();
    await rig.fake.fault({ at, kind: "hang" });
    const sending = sendIssue(rig.fake, 2, { timers: clock });
    await struck(rig.fake);
    await waitingFor(clock, 30_000);
    clock.pass(30_000);
    const hint = at === "greeting" ? " Where TLS begins at once, as on port 465, SMTP_URL starts with smtps://." : "";
    expect(await sending).toEqual({
      result: "retry",
      reason: `The mail server did not answer within 30000 ms.${hint}`,
    });
  }
  expect(await accepted(rig.fake)).toEqual([]);
});

test("greylisted readers are for later, and taken the next time", async () => {
  await rig.fake.set({ greylist: true });
  expect(resultsOf(await sendIssue(rig.fake, 3))).toEqual(["later", "later", "later"]);
  expect(await sendIssue(rig.fake, 3)).toMatchObject({ result: "accepted" });
});

test("a server that asks for the bytes of a mail to nobody gets none", async () => {
  await rig.fake.set({ askForNobody: true });
  await rig.fake.fault(said("rcpt", "550 5.1.1 No such user", { to: "leserin0@post0.tld" }));
  expect(resultsOf(await sendIssue(rig.fake, 3))).toEqual(["rejected", "accepted", "accepted"]);
  const [talk] = await rig.fake.talks();
  const text = (talk?.said ?? []).map(({ text }) => text).join("");
  expect(text).toContain("354 Go ahead\r\n.\r\n554 5.5.1 No valid recipients\r\nRSET\r\n");
});
