import type { AppContext } from "../context.ts";
import type { Claim } from "../delivery/claim.ts";
import { writeJournal } from "../delivery/journal.ts";
import type { Journal, MemberOutcome } from "../provider/contract.ts";
import { blameOf } from "../provider/smtp/table.ts";

const hour = 3_600_000;

/** A reader who is put off for so long is given up: greylisting takes minutes, a full mailbox says so (RFC 5321 §4.5.4.1). */
const giveUpAfter = 48 * hour;

/** What the members of a batch came to, sorted by what is to be written. */
export interface Sorted {
  readonly accepted: readonly (readonly [member: number, id: string])[];
  readonly own: readonly (readonly [member: number, state: "failed" | "in_doubt", reason: string])[];
  /** Of those that failed, members whose mailbox does not exist. */
  readonly unreachable: readonly number[];
  readonly later: readonly number[];
  /** The longest wait that was asked for, in ms; undefined when none was. */
  readonly after: number | undefined;
  /** Why the first of the later ones waits; "" without any. */
  readonly reason: string;
}

/**
 * Sorts outcomes of members, in the order of `members`. Who was put off for two days fails. On a `repeat` of a call without an
 * answer a refusal proves nothing: the first one may have been accepted (REL-06).
 */
export function sortMembers(
  ctx: AppContext,
  { claim, members, repeat }: { claim: Claim; members: readonly number[]; repeat: boolean },
  outcomes: readonly MemberOutcome[],
): Sorted {
  const unreachable: number[] = [];
  const accepted: [number, string][] = [];
  const own: [number, "failed" | "in_doubt", string][] = [];
  const later: number[] = [];
  const waits: number[] = [];
  let reason = "";
  const isOver = claim.triedAt !== null && ctx.clock() - claim.triedAt > giveUpAfter;
  for (const [place, member] of members.entries()) {
    const outcome = outcomes[place] ?? { result: "unsure", reason: "the provider said nothing about this mail" };
    if (outcome.result === "accepted") accepted.push([member, outcome.id]);
    else if (repeat && outcome.result !== "unsure")
      own.push([member, "in_doubt", `refused on a repeat of a call without an answer: ${outcome.reason}`]);
    else if (outcome.result === "rejected") {
      own.push([member, "failed", outcome.reason]);
      if (blameOf(outcome.reason) === "address") unreachable.push(member);
    } else if (outcome.result === "unsure") own.push([member, "in_doubt", outcome.reason]);
    else if (isOver) own.push([member, "failed", `put off for more than 48 hours: ${outcome.reason}`]);
    else {
      later.push(member);
      if (reason === "") ({ reason } = outcome);
      if (outcome.after !== undefined) waits.push(outcome.after);
    }
  }
  return { accepted, own, unreachable, later, after: waits.length === 0 ? undefined : Math.max(...waits), reason };
}

/** What a journal that somebody left behind says about the members. */
export function readLetters(letters: string): MemberOutcome[] {
  return [...letters].map((letter): MemberOutcome => {
    switch (letter) {
      case "a":
        return { result: "accepted", id: "" };
      case "o":
        return {
          result: "unsure",
          reason: "the sending process ended between the last byte of this mail and the answer",
        };
      default:
        return { result: "later", reason: "the sending process ended before this mail left", after: 0 };
    }
  });
}

/** The journal of a batch: one letter for each member, durable before that mail can have left (REL-01). */
export function keepJournal(ctx: AppContext, claim: Claim, size: number): Journal {
  const letters = Array.from({ length: size }, () => ".");
  return {
    leaving: async (place) => {
      letters[place] = "o";
      const mayLeave = await writeJournal(ctx, claim, letters.join(""));
      ctx.probe("leaving");
      return mayLeave;
    },
    came: (place, accepted) => {
      letters[place] = accepted ? "a" : "x";
    },
  };
}

/** The journal before anything has left. */
export function blankLetters(size: number): string {
  return ".".repeat(size);
}
