import { describe, expect, test } from "vitest";
import { createSmtp } from "../../src/node/smtp/send.ts";
import type { Fault, Place } from "../fakes/smtp/faults.ts";
import { drain, type Stand, standOf } from "./course.ts";
import { openRig } from "./rig.ts";

const readers = 6;
const struck = "reader2@post.tld";
const sent: Stand = { status: "sent", accepted: readers, failed: 0, inDoubt: 0, open: 0, reached: readers, exit: 0 };

const { outside, issues } = await openRig(readers);

/** What a fault, once, does to the reader it meets, or to the connection. */
type Fate = "nothing" | "again" | "stops" | "fails" | "doubt" | "doubt, reached";

const codes = ["421 4.3.2", "450 4.2.1", "451 4.7.1", "452 4.2.2", "550 5.1.1", "552 5.2.2"] as const;

/** RULES §8.3: each code at each phase. 552 at MAIL says that this mail is too large (RFC 1870 §6). */
const fates: Record<string, Record<(typeof codes)[number], Fate>> = {
  greeting: all("again"),
  // Then HELO is tried (RFC 5321 §3.2).
  ehlo: { ...all("again"), "550 5.1.1": "nothing", "552 5.2.2": "nothing" },
  mail: { ...all("again"), "550 5.1.1": "stops", "552 5.2.2": "fails" },
  rcpt: { ...all("again"), "550 5.1.1": "fails", "552 5.2.2": "fails" },
  data: { ...all("again"), "550 5.1.1": "fails", "552 5.2.2": "fails" },
  dot: { ...all("again"), "550 5.1.1": "fails", "552 5.2.2": "fails" },
};

function all(fate: Fate): Record<(typeof codes)[number], Fate> {
  return Object.fromEntries(codes.map((code) => [code, fate])) as Record<(typeof codes)[number], Fate>;
}

/** Pays an issue whose first connection, or second reader, meets the fault; mends what stopped it. */
async function play(fault: Fault, knowsKeys = false): Promise<{ meanwhile: Stand; last: Stand }> {
  await outside.reset();
  if (knowsKeys) await outside.smtp.set({ keys: true });
  issues.leaveBy(knowsKeys ? outside.keyedSmtp() : outside.way("smtp"), 3);
  await outside.smtp.fault(meetsReader(fault.at) ? { ...fault, to: struck } : fault);
  const issue = await issues.begin();
  await drain(issues);
  const meanwhile = await standOf(issues, outside, "smtp", issue);
  if (meanwhile.status === "paused") await issues.resume(issue);
  await issues.finish();
  expect(await outside.smtp.faultsLeft()).toEqual([]);
  expect((await outside.smtp.counts()).connections).toBeLessThanOrEqual(4);
  return { meanwhile, last: await standOf(issues, outside, "smtp", issue) };
}

/** Faults at these places know whom the mail is for. */
function meetsReader(at: Place): boolean {
  return ["rcpt", "data", "body", "dot"].includes(at);
}

function atLast(fate: Fate): Stand {
  if (fate === "nothing" || fate === "again" || fate === "stops") return sent;
  const one = { ...sent, accepted: readers - 1, exit: 4 };
  if (fate === "fails") return { ...one, failed: 1, reached: readers - 1 };
  return { ...one, status: "incomplete", inDoubt: 1, reached: fate === "doubt" ? readers - 1 : readers };
}

const cases = Object.entries(fates).flatMap(([at, row]) =>
  codes.map((code) => [at as Place, code, row[code] as Fate] as const),
);

describe("SMTP", () => {
  test.each(cases)("at %s, %s: %s", async (at, code, fate) => {
    const { meanwhile, last } = await play({ at, kind: "reply", text: `${code} no` });
    expect(meanwhile.status).toBe(fate === "stops" ? "paused" : fate === "again" ? "sending" : "sent");
    expect(meanwhile.exit).toBe(fate === "nothing" ? 0 : 4);
    expect(last).toEqual(atLast(fate));
  });

  test.each(["connect", "greeting", "ehlo", "mail", "rcpt", "data"] as const)(
    "the connection drops at %s: nothing has left, and all do later",
    async (at) => {
      const { meanwhile, last } = await play({ at, kind: "drop" });
      expect(meanwhile).toMatchObject({ status: "sending", exit: 4 });
      expect(last).toEqual(sent);
    },
  );

  test("the connection drops in the middle of a mail: the reader gets it later, or is in doubt if the dot had left", async () => {
    const { last } = await play({ at: "body", kind: "drop" });
    expect([sent, atLast("doubt")]).toContainEqual(last);
  });

  test.each([
    [true, "doubt, reached"],
    [false, "doubt"],
  ] as const)(
    "the connection drops behind the dot, the mail accepted: %s; one reader is in doubt",
    async (accept, fate) => {
      const { last } = await play({ at: "dot", kind: "drop", accept });
      expect(last).toEqual(atLast(fate));
    },
  );

  test("a server that puts each recipient off at first gets each mail once", async () => {
    await outside.reset();
    await outside.smtp.set({ greylist: true });
    issues.leaveBy(outside.way("smtp"), 3);
    const issue = await issues.begin();
    await drain(issues);
    expect(await standOf(issues, outside, "smtp", issue)).toMatchObject({
      status: "sending",
      open: readers,
      reached: 0,
    });
    await issues.finish();
    expect(await standOf(issues, outside, "smtp", issue)).toEqual(sent);
    expect((await outside.smtp.counts()).connections).toBeLessThanOrEqual(4);
  });
});

describe("SMTP whose server knows keys, as smtp.resend.com does", () => {
  test.each(cases)("at %s, %s: %s", async (at, code, fate) => {
    const { meanwhile, last } = await play({ at, kind: "reply", text: `${code} no` }, true);
    expect(meanwhile.status).toBe(fate === "stops" ? "paused" : fate === "again" ? "sending" : "sent");
    expect(last).toEqual(atLast(fate));
    expect(await outside.smtp.counts()).toMatchObject({ conflicts: 0 });
  });

  test.each([
    ["drops behind the dot, the mail accepted", { at: "dot", kind: "drop", accept: true }],
    ["drops behind the dot, the mail not accepted", { at: "dot", kind: "drop", accept: false }],
    ["drops in the middle of a mail", { at: "body", kind: "drop" }],
    ["closes at the dot", { at: "dot", kind: "bye", text: "421 4.3.2 going down" }],
  ] as [string, Fault][])("%s: nobody is in doubt, and each mail is accepted once", async (_, fault) => {
    await outside.reset();
    await outside.smtp.set({ keys: true });
    await outside.smtp.fault({ ...fault, to: struck });
    issues.leaveBy(outside.keyedSmtp(), 3);
    const issue = await issues.begin();
    await drain(issues);
    expect(await standOf(issues, outside, "smtp", issue)).toMatchObject({ status: "sending", inDoubt: 0, exit: 4 });
    await issues.finish();
    expect(await standOf(issues, outside, "smtp", issue)).toEqual(sent);
  });
});

describe("SMTP with STARTTLS", () => {
  const rows: [string, Fault, "sending" | "paused"][] = [
    ["refused for now", { at: "starttls", kind: "reply", text: "454 4.7.0 TLS not available" }, "sending"],
    ["refused for good", { at: "starttls", kind: "reply", text: "502 5.5.1 no" }, "paused"],
    ["broken off", { at: "tls", kind: "drop" }, "sending"],
  ];

  function secured() {
    const ca = outside.smtp.certificateFile;
    const server = { host: "localhost", port: outside.smtp.port, tls: "starttls", login: null, ca } as const;
    return createSmtp({ server, name: null });
  }

  test.each(rows)("%s: nothing leaves in the clear, and all leave once it works", async (_, fault, status) => {
    await outside.reset();
    await outside.smtp.set({ starttls: true });
    await outside.smtp.fault(fault);
    issues.leaveBy(secured(), 3);
    const issue = await issues.begin();
    await issues.world.turn();
    expect(await standOf(issues, outside, "smtp", issue)).toMatchObject({ status, open: readers, reached: 0, exit: 4 });
    if (status === "paused") await issues.resume(issue);
    await issues.finish();
    expect(await standOf(issues, outside, "smtp", issue)).toEqual(sent);
  });

  test.each([
    ["not offered", { starttls: false }],
    ["with another host's certificate", { starttls: true, certificate: { host: "other.example", expired: false } }],
    ["with a certificate that is over", { starttls: true, certificate: { host: "localhost", expired: true } }],
  ] as const)("%s: the issue stops before any mail, and goes on once mended", async (_, manners) => {
    await outside.reset();
    await outside.smtp.set(manners);
    issues.leaveBy(secured(), 3);
    const issue = await issues.begin();
    await drain(issues);
    expect(await standOf(issues, outside, "smtp", issue)).toMatchObject({
      status: "paused",
      open: readers,
      reached: 0,
    });
    await outside.smtp.set({ starttls: true, certificate: { host: "localhost", expired: false } });
    issues.leaveBy(secured(), 3);
    await issues.resume(issue);
    await issues.finish();
    expect(await standOf(issues, outside, "smtp", issue)).toEqual(sent);
  });
});
