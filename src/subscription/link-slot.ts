import type { RawBuilder } from "kysely";
import { mailSlot, mailTimes, noteMail } from "./throttle.ts";

/** SQL for the commit that owes a link: when its mail may leave, whether none may, and the statement that notes it, to be run last. */
export interface LinkSlot {
  readonly dueAt: RawBuilder<number>;
  /** The same for one that goes by the slow lane. */
  readonly slowAt: RawBuilder<number>;
  refused(slow: RawBuilder<boolean>): RawBuilder<boolean>;
  readonly take: RawBuilder<unknown>;
}

/**
 * The cool-down of an address (DOI-22), which links share with the answers to sign-ups. `owed` is, after the statement that owes
 * the mail, when it is due, or null. One row is written either way (I7), and a stranger who asks uses up nothing. `times` is SQL of
 * what the throttle holds, where that was read already.
 */
export function linkSlot(
  key: RawBuilder<string>,
  owed: RawBuilder<number | null>,
  now: RawBuilder<number>,
  times: RawBuilder<string | null> = mailTimes(key, now),
): LinkSlot {
  const { dueAt, slowAt, tooMany } = mailSlot(times, now);
  return { dueAt, slowAt, refused: tooMany, take: noteMail(key, owed, now) };
}
