import { parseAddress } from "../mail/address.ts";
import { headerFault, headerNameFault, mailboxFault } from "../mail/headers.ts";
import type { CompiledMail, Mailbox, Message, Segments } from "../mail/message.ts";

/** The first mail of a call that must not leave, and why. */
export interface Unsound {
  readonly index: number;
  readonly reason: string;
}

/** Finds the first member with a fault; null when all may leave. */
export function findUnsound<Member>(
  members: readonly Member[],
  fault: (member: Member) => string | null,
): Unsound | null {
  for (const [index, member] of members.entries()) {
    const reason = fault(member);
    if (reason !== null) {
      return { index, reason };
    }
  }
  return null;
}

/** Why an address is not exactly one bare address, or null (FMT-02, FMT-15). */
export function addressFault(address: string): string | null {
  const parsed = parseAddress(address, { allowReserved: true });
  if (!parsed.ok) {
    return `The recipient is not one bare address (${parsed.fault}).`;
  }
  return parsed.emailKey === address.toLowerCase() ? null : "The recipient is not written as it is mailed to.";
}

/** Why a mail must not leave, by the same rules for every way out, or null. */
export function messageFault(message: Message): string | null {
  return (
    headFault(message.from, message.replyTo) ??
    addressFault(message.to) ??
    textFault("Subject", message.subject) ??
    namesFault(message.headers.map(([name]) => name)) ??
    firstFault(message.headers, ([name, value]) => textFault(name, value))
  );
}

/** Throws for a compiled issue that no reader could get: whatever reaches a header was checked long before (FMT-15). */
export function assertSound(mail: CompiledMail): void {
  const fault =
    headFault(mail.from, mail.replyTo) ??
    segmentsFault("Subject", mail.subject) ??
    namesFault(mail.headers.map(([name]) => name)) ??
    firstFault(mail.headers, ([name, value]) => segmentsFault(name, value));
  if (fault !== null) {
    throw new Error(fault);
  }
}

function headFault(from: Mailbox, replyTo: Mailbox | null): string | null {
  const fault = mailboxFault(from);
  if (fault !== null) {
    return `From: ${fault}.`;
  }
  const second = replyTo === null ? null : mailboxFault(replyTo);
  return second === null ? null : `Reply-To: ${second}.`;
}

// A header that comes twice would survive only once in a JSON object, and in silence (FMT-01).
function namesFault(names: readonly string[]): string | null {
  const distinct = new Set(names.map((name) => name.toLowerCase()));
  if (distinct.size !== names.length) {
    return `A header is given twice: ${names.join(", ")}.`;
  }
  return firstFault(names, (name) => {
    const fault = headerNameFault(name);
    return fault === null ? null : `Header ${JSON.stringify(name)}: ${fault}.`;
  });
}

function segmentsFault(name: string, segments: Segments): string | null {
  return firstFault(segments, (segment) => {
    if (typeof segment === "string") {
      return textFault(name, segment);
    }
    return segment.as === "header" ? null : `Header ${name} holds a field escaped for ${segment.as}.`;
  });
}

function textFault(name: string, text: string): string | null {
  const fault = headerFault(text);
  return fault === null ? null : `Header ${name} holds ${fault}.`;
}

function firstFault<Entry>(entries: readonly Entry[], fault: (entry: Entry) => string | null): string | null {
  for (const entry of entries) {
    const found = fault(entry);
    if (found !== null) {
      return found;
    }
  }
  return null;
}
