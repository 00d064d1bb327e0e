import type { AppContext } from "../context.ts";
import type { Claim } from "../delivery/claim.ts";
import { writeJournal } from "../delivery/journal.ts";
import { type MailEnd, type Sorted, sortEnds } from "../delivery/outcomes.ts";
import type { Journal, MemberOutcome } from "../provider/contract.ts";
import { blameOf } from "../provider/smtp/table.ts";

const hour = 3_600_000;

/** A reader who is put off for so long is given up: greylisting takes minutes, a full mailbox says so (RFC 5321 §4.5.4.1). */
const giveUpAfter = 48 * hour;

/**
 * Sorts outcomes of members, in the order of `members`. Who was put off for two days fails. On a `repeat` of a call without an
 * answer a refusal proves nothing: the first one may have been accepted (REL-06).
 */
export function sortMembers(
  ctx: AppContext,
  { claim, members, repeat }: { claim: Claim; members: readonly number[]; repeat: boolean },
  outcomes: readonly MemberOutcome[],
): Sorted {
  const isOver = claim.triedAt !== null && ctx.clock() - claim.triedAt > giveUpAfter;
  return sortEnds(
    members,
    outcomes.map((outcome) => endOf(outcome, { repeat, isOver })),
  );
}

function endOf(outcome: MemberOutcome, { repeat, isOver }: { repeat: boolean; isOver: boolean }): MailEnd {
  const { result } = outcome;
  if (result === "accepted" || result === "unsure") return outcome;
  const { reason } = outcome;
  if (repeat) return { result: "unsure", reason: `refused on a repeat of a call without an answer: ${reason}` };
  if (result === "rejected") return blameOf(reason) === "address" ? { ...outcome, unreachable: true } : outcome;
  return isOver ? { result: "rejected", reason: `put off for more than 48 hours: ${reason}` } : outcome;
}

/** The journal of a batch: one letter for each member, durable before that mail can have left (REL-01). */
export function keepJournal(ctx: AppContext, claim: Claim, size: number): Journal {
  let letters = blankLetters(size);
  const note = (place: number, letter: "o" | "a" | "x"): void => {
    letters = letters.slice(0, place) + letter + letters.slice(place + 1);
  };
  return {
    async leaving(place) {
      note(place, "o");
      const mayLeave = await writeJournal(ctx, claim, letters);
      ctx.probe("leaving");
      return mayLeave;
    },
    came: (place, accepted) => note(place, accepted ? "a" : "x"),
  };
}

/** The journal before anything has left. */
export function blankLetters(size: number): string {
  return ".".repeat(size);
}
