import type { Journal } from "../../provider/contract.ts";
import type { Run } from "../../provider/smtp/outcome.ts";
import { receiptOf } from "../../provider/smtp/replies.ts";
import { type Dialogue, type Errand, finalDot, hear, open, openingOf, outOfTurn, type Step } from "./dialogue.ts";
import { endedBy, type Session } from "./session.ts";

/** How far a connection came with an errand. */
export interface Passage extends Run {
  /** The server closed the connection before it had asked for the bytes of any mail. */
  readonly gone: boolean;
}

/**
 * Octets: from here on a mail's bytes must have left before its final dot follows, so that a connection lost on the way leaves
 * no doubt. What is smaller leaves in one write with the dot.
 */
const large = 65_536;

/** Sends the mails one behind the other; each is in doubt only between its final dot and the answer to it (REL-01). */
export async function transact(session: Session, errand: Errand): Promise<Passage> {
  const members = [...errand.known];
  const places = [...members.keys()].filter((place) => members[place] === null);
  const dialogue: Dialogue = { session, errand, ahead: false };
  const begun = session.mails;
  for (const [index, place] of places.entries()) {
    const step = tooLarge(dialogue, place) ?? (await sendOne(dialogue, place, places[index + 1]));
    if (step.to !== "body") members[place] = step.member;
    if (step.to === "end") {
      const { wire } = session;
      const gone = session.mails === begun && wire.ended() !== null && wire.ended()?.kind !== "timeout";
      wire.drop();
      return { members, ended: step.ended, gone };
    }
  }
  return { members, ended: null, gone: false };
}

/** RFC 1870 §6.1: what is over the server's limit is not offered to it. */
function tooLarge({ session, errand, ahead }: Dialogue, place: number): Step | null {
  const limit = session.offers.size ?? 0;
  const size = (errand.letters[place]?.size ?? 0) + errand.headSize;
  if (ahead || limit === 0 || size <= limit) return null;
  const reason = `SMTP 552 5.3.4: not sent, since the mail has ${size} bytes and the server takes ${limit} at most`;
  return { to: "next", member: { result: "rejected", reason } };
}

async function sendOne(dialogue: Dialogue, place: number, next: number | undefined): Promise<Step> {
  const { session, errand } = dialogue;
  if (!dialogue.ahead && !errand.watch.mayEnd()) return tooSlow();
  const opened = await open(dialogue, place);
  if (opened.to !== "body") return opened;
  session.mails += 1;
  if (!session.wire.quiet()) return outOfTurn(dialogue);
  if (!errand.watch.mayEnd()) return tooSlow();
  const step = await pour(dialogue, place, next);
  // Without an answer to its dot nothing is known of it, and the journal keeps saying so.
  if (step.to !== "body" && step.member?.result !== "unsure") {
    errand.journal?.came(place, step.member?.result === "accepted");
  }
  return step;
}

async function pour(dialogue: Dialogue, place: number, next: number | undefined): Promise<Step> {
  const { session, errand } = dialogue;
  const letter = errand.letters[place];
  const pieces = [...errand.head(place), ...(letter?.chunks ?? [])];
  const leave = errand.journal === undefined ? null : refusalOf(errand.journal, place);
  const isLarge = (letter?.size ?? 0) > large;
  if (isLarge) session.wire.write(pieces);
  const refusal = await leave;
  if (refusal !== null) return { to: "end", member: null, ended: { result: "retry", reason: refusal } };
  const fault = isLarge ? await poured(dialogue) : mayEnd(dialogue) ? null : await standing(dialogue);
  return fault ?? close(dialogue, next, isLarge ? [] : pieces);
}

/** Why the mail may not leave; null once it is durable that it may have. */
async function refusalOf(journal: Journal, place: number): Promise<string | null> {
  try {
    const leased = await journal.leaving(place);
    return leased ? null : "The lease of these mails was lost; whoever has it now sends them.";
  } catch (error) {
    return `The ledger could not be written: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** Waits until the bytes before the final dot are gone; null when the dot may follow, else the mail has surely not left. */
async function poured(dialogue: Dialogue): Promise<Step | null> {
  await dialogue.session.wire.flushed(dialogue.errand.watch.wait());
  return standing(dialogue);
}

/** The server has said nothing meanwhile, and there is time to hear its answer. */
function mayEnd({ session, errand }: Dialogue): boolean {
  return session.wire.quiet() && errand.watch.mayEnd();
}

/** Null when the final dot may be said. */
async function standing(dialogue: Dialogue): Promise<Step | null> {
  const { session } = dialogue;
  if (mayEnd(dialogue)) return null;
  if (session.wire.quiet()) return tooSlow();
  const fault = session.wire.ended();
  // An answer in the middle of a mail is a refusal, or the end.
  const { reply, step } = await hear(dialogue, "data");
  if (reply === null) return step;
  if (step === null) return outOfTurn(dialogue);
  if (step.to !== "next" || step.member.result === "accepted") return step;
  const ended = fault === null ? { result: "retry" as const, reason: step.member.reason } : endedBy(fault);
  return { to: "end", member: step.member, ended };
}

/** The final dot, with the next mail's commands behind it where the server offers that. */
async function close(dialogue: Dialogue, next: number | undefined, pieces: readonly Uint8Array[]): Promise<Step> {
  const { session, errand } = dialogue;
  const { wire, offers } = session;
  session.clean = true;
  const pipelined = next !== undefined && offers.pipelining && tooLarge(dialogue, next) === null;
  const behind = pipelined ? openingOf(dialogue, next) : null;
  const tail = behind === null ? finalDot : finalDot + behind.mail + behind.rcpt + behind.data;
  wire.write(pieces, tail);
  dialogue.ahead = pipelined;
  // Signing the next mail takes no time of its own while the answer is on its way.
  if (next !== undefined) errand.head(next);
  const { reply, step } = await hear(dialogue, "dot");
  if (reply === null) {
    const reason = `The mail was sent, and no answer came: ${step.ended.reason}`;
    return { ...step, member: { result: "unsure", reason } };
  }
  if (step !== null) return step;
  session.proven = true;
  return { to: "next", member: { result: "accepted", id: receiptOf(reply) } };
}

function tooSlow(): Step {
  const reason = "The mail server is slow: the time of one call was over before all its mails were sent.";
  return { to: "end", member: null, ended: { result: "retry", reason, limited: true, after: 0 } };
}
