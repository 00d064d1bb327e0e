import type { Ended, MemberOutcome, Outcome } from "../contract.ts";

/** How far one call came: what each mail came to (null: not tried), and what ended it before all were tried. */
export interface Run {
  readonly members: readonly (MemberOutcome | null)[];
  readonly ended: Ended | null;
}

/** What a call came to as a whole. With keys, doubt is cleared by repeating all of it unchanged (RULES §8.1). */
export function conclude({ members, ended }: Run, knowsKeys: boolean): Outcome {
  const ids = members.flatMap((member) => (member?.result === "accepted" ? [member.id] : []));
  if (ids.length === members.length) return { result: "accepted", ids };
  const unsure = members.find((member) => member?.result === "unsure");
  const nothingLeft = ids.length === 0 && unsure === undefined;
  // A mail refused by itself is told with the next call; without keys it is told now.
  if (nothingLeft && ended !== null && (knowsKeys || members.every((member) => isOpen(member)))) return ended;
  const reason = ended?.reason ?? "The call broke off.";
  const whole = members.map((member) => member ?? { result: "later" as const, reason });
  if (knowsKeys) {
    const open = whole.find((member) => member.result === "unsure" || member.result === "later");
    if (open !== undefined) return repeat(open.reason, nothingLeft);
  }
  return { result: "partly", members: whole, ended };
}

function isOpen(member: MemberOutcome | null): boolean {
  return member === null || member.result === "later";
}

function repeat(reason: string, nothingLeft: boolean): Outcome {
  return { result: nothingLeft ? "retry" : "unsure", reason };
}
