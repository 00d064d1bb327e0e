/** How one mail of a batch ended, as far as anybody knows. */
export type MailEnd =
  /** With the provider's id; "" where only a journal tells. */
  | { readonly result: "accepted"; readonly id: string }
  /** Refused for good; `unreachable`: nobody is at this address. */
  | { readonly result: "rejected"; readonly reason: string; readonly unreachable?: true }
  /** Surely not sent; may leave later, not before `after` ms. */
  | { readonly result: "later"; readonly reason: string; readonly after?: number }
  /** It may have been accepted. */
  | { readonly result: "unsure"; readonly reason: string };

/** What the members of a batch came to, sorted by what is to be written; all lists hold ids of members. */
export interface Sorted {
  /** With the provider's ids. */
  readonly accepted: readonly (readonly [member: number, id: string])[];
  /** Members with a state of their own, and why. */
  readonly own: readonly (readonly [member: number, state: "failed" | "in_doubt", reason: string])[];
  /** Of those that failed, members whose mailbox does not exist: nothing more goes to their address (RULES §5). */
  readonly unreachable: readonly number[];
  /** Surely not sent. */
  readonly later: readonly number[];
  /** The longest wait that was asked for, in ms; undefined when none was. */
  readonly after: number | undefined;
  /** Why the first of the later ones waits; "" without any. */
  readonly reason: string;
}

/** What a journal that somebody left behind says about each mail, in order (REL-01). */
export function readLetters(letters: string): MailEnd[] {
  return [...letters].map((letter): MailEnd => {
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

/** Sorts how mails ended, given in the order of `members`; of one that nothing was said of nobody knows whether it left. */
export function sortEnds(members: readonly number[], ends: readonly MailEnd[]): Sorted {
  const accepted: [number, string][] = [];
  const own: [number, "failed" | "in_doubt", string][] = [];
  const unreachable: number[] = [];
  const later: number[] = [];
  const waits: number[] = [];
  let reason = "";
  for (const [place, member] of members.entries()) {
    const end = ends[place] ?? { result: "unsure", reason: "the provider said nothing about this mail" };
    if (end.result === "accepted") accepted.push([member, end.id]);
    else if (end.result === "unsure") own.push([member, "in_doubt", end.reason]);
    else if (end.result === "rejected") {
      own.push([member, "failed", end.reason]);
      if (end.unreachable === true) unreachable.push(member);
    } else {
      later.push(member);
      if (reason === "") ({ reason } = end);
      if (end.after !== undefined) waits.push(end.after);
    }
  }
  return { accepted, own, unreachable, later, after: waits.length === 0 ? undefined : Math.max(...waits), reason };
}

/** Who of the members has the mail or may have it; the others surely have not. */
export function maybeLeft({ accepted, own }: Pick<Sorted, "accepted" | "own">): number[] {
  return [...accepted, ...own.filter(([, state]) => state === "in_doubt")].map(([member]) => member);
}
