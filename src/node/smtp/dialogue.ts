import type { Ended, Journal, MemberOutcome } from "../../provider/contract.ts";
import { openingLines } from "../../provider/smtp/commands.ts";
import type { Letter } from "../../provider/smtp/parcel.ts";
import type { Reply } from "../../provider/smtp/replies.ts";
import { judge, type Phase } from "../../provider/smtp/table.ts";
import { endedBy, type Session } from "./session.ts";
import type { Watch } from "./timers.ts";

/** One call's mails on one connection. */
export interface Errand {
  readonly letters: readonly Letter[];
  /** What each mail came to when these bytes went before; null: send it. */
  readonly known: readonly (MemberOutcome | null)[];
  readonly journal: Journal | undefined;
  readonly watch: Watch;
  /** Header lines to put in front of the mail at a place, and the most bytes that they take. */
  head(place: number): readonly Uint8Array[];
  readonly headSize: number;
}

/** Where a connection stands in its errand. */
export interface Dialogue {
  readonly session: Session;
  readonly errand: Errand;
  /** The commands of the next mail are on the wire already. */
  ahead: boolean;
}

/** What a mail has come to so far, and whether the connection goes on. */
export type Step =
  | { readonly to: "body" }
  | { readonly to: "next"; readonly member: MemberOutcome }
  | { readonly to: "end"; readonly member: MemberOutcome | null; readonly ended: Ended };

/** A reply and what it leads to: a step of null is the one that was hoped for. */
export type Heard =
  | { readonly reply: Reply; readonly step: Step | null }
  | { readonly reply: null; readonly step: Extract<Step, { to: "end" }> };

/** RFC 5321 §4.1.1.4. */
export const finalDot = ".\r\n";

/** Says lines that are ASCII and end as lines do. */
export function say({ session }: Dialogue, ...lines: readonly string[]): void {
  session.wire.write([], lines.join(""));
}

/** The reply to what was said; not a promise where it has come already, as it mostly has where commands go together. */
export function hear(dialogue: Dialogue, phase: Phase): Heard | Promise<Heard> {
  const { wire } = dialogue.session;
  const ready = wire.taken();
  if (ready !== null) return heard(dialogue, phase, ready);
  return wire.reply(dialogue.errand.watch.wait()).then((reply) => heard(dialogue, phase, reply));
}

function heard(dialogue: Dialogue, phase: Phase, reply: Reply | null): Heard {
  if (reply !== null) return { reply, step: stepOf(dialogue, phase, reply) };
  return { reply, step: { to: "end", member: null, ended: endedBy(dialogue.session.wire.ended()) } };
}

function stepOf({ session }: Dialogue, phase: Phase, reply: Reply): Step | null {
  const { verdict, reason } = judge(phase, reply, session.proven);
  // RFC 5321 §3.8: whoever says so closes the connection.
  if (reply.code === 421) session.wire.drop();
  switch (verdict) {
    case "go":
      return null;
    case "rejected":
    case "later":
      return { to: "next", member: { result: verdict, reason } };
    case "unsure":
      return { to: "end", member: { result: verdict, reason }, ended: { result: "retry", reason } };
    case "retry":
    case "halt":
      return { to: "end", member: null, ended: { result: verdict, reason } };
    default:
      return verdict satisfies never;
  }
}

/** The end of a connection that says what it was not asked, or nothing any more. */
export function outOfTurn({ session }: Dialogue): Step {
  const fault = session.wire.ended();
  const reason = "The mail server answered what it was not asked.";
  return { to: "end", member: null, ended: fault === null ? { result: "retry", reason } : endedBy(fault) };
}

/** The commands of the mail at a place. */
export function openingOf({ session, errand }: Dialogue, place: number) {
  const letter = errand.letters[place];
  if (letter === undefined) throw new Error(`no mail at ${place}`);
  return openingLines(letter, session.offers.size === null ? null : letter.size + errand.headSize);
}

/** MAIL, RCPT and DATA, in one write where the server offers that (RFC 2920). */
export async function open(dialogue: Dialogue, place: number): Promise<Step> {
  const { session, ahead } = dialogue;
  const { offers, wire, clean } = session;
  dialogue.ahead = false;
  session.clean = false;
  if (ahead) return openedAtOnce(dialogue);
  if (!wire.quiet()) return outOfTurn(dialogue);
  const lines = openingOf(dialogue, place);
  const first = clean ? "" : "RSET\r\n";
  if (offers.pipelining) say(dialogue, first, lines.mail, lines.rcpt, lines.data);
  else if (!clean) say(dialogue, first);
  if (!clean) {
    const { step } = await hear(dialogue, "reset");
    if (step !== null) return step;
  }
  return offers.pipelining ? openedAtOnce(dialogue) : openInTurn(dialogue, lines);
}

async function openInTurn(dialogue: Dialogue, lines: ReturnType<typeof openingLines>): Promise<Step> {
  for (const phase of ["mail", "rcpt", "data"] as const) {
    say(dialogue, lines[phase]);
    const { step } = await hear(dialogue, phase);
    if (step !== null) return step;
  }
  return { to: "body" };
}

async function openedAtOnce(dialogue: Dialogue): Promise<Step> {
  const mail = await hear(dialogue, "mail");
  if (mail.step?.to === "end") return mail.step;
  const rcpt = await hear(dialogue, "rcpt");
  if (rcpt.reply === null) return rcpt.step;
  // After a refused sender the rest is out of order, and says nothing of its own.
  if (mail.step === null && rcpt.step?.to === "end") return rcpt.step;
  const data = await hear(dialogue, "data");
  if (data.reply === null) return data.step;
  const step = mail.step ?? rcpt.step ?? data.step ?? { to: "body" };
  // RFC 2920 §3.1: a server may ask for the bytes of a mail to nobody, and gets none.
  if (step.to === "next" && data.reply.code === 354) {
    say(dialogue, finalDot);
    const { wire } = dialogue.session;
    const closing = await wire.reply(dialogue.errand.watch.wait());
    if (closing === null) return { ...step, to: "end", ended: endedBy(wire.ended()) };
  }
  return step;
}
