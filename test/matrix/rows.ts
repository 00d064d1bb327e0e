import { type Fault, faults } from "../fakes/resend/faults.ts";
import type { Way } from "./ways.ts";

export type HttpWay = Exclude<Way, "smtp">;

/** What an answer does to the readers of the call that meets it. */
export type Fate =
  /** Nothing: the call is made again, and all are accepted. */
  | "again"
  /** All calls wait for the limit's end. */
  | "waits"
  /** The issue stops until a person says that the cause is mended. */
  | "stops"
  /** A call with several mails is halved, and all are accepted; one with a single mail has failed. */
  | "refused"
  /** Nobody knows, and it is not tried again. */
  | "doubt";

/** A row of RULES §8.3 for Resend: what it answers once, and what comes of it by each way. */
export interface Row {
  readonly fault: Fault;
  readonly fate: Fate;
  /** Whether whoever the call was for has got the mail by then, however it is booked. */
  readonly reached?: boolean;
}

function answer(status: number, body: unknown, more: Partial<Fault> = {}): Fault {
  return { kind: "answer", status, body, ...more };
}

const unknown = [{ index: 7, message: "Invalid `to` field." }];

export const rows: Record<string, Row> = {
  "400 for a mail": { fault: faults.oneBad400, fate: "refused" },
  "422 for a mail": { fault: faults.oneBad422, fate: "refused" },
  "401 without a key": { fault: faults.missingKey401, fate: "stops" },
  "401 with a key that may not": { fault: faults.restrictedKey401, fate: "stops" },
  "403 for the domain": { fault: faults.unverified403, fate: "stops" },
  "403 for the key": { fault: faults.invalidKey403, fate: "stops" },
  "409 while the first call runs": { fault: faults.concurrent409, fate: "again" },
  "409 for other bytes": { fault: faults.mismatch409, fate: "doubt" },
  "a 413": { fault: faults.tooLarge413, fate: "refused" },
  "429 with retry-after": { fault: faults.rate429, fate: "waits" },
  "429 without retry-after": { fault: faults.bareRate429, fate: "waits" },
  "429 for the day's quota": { fault: faults.daily429, fate: "waits" },
  "429 for the month's quota": { fault: faults.monthly429, fate: "waits" },
  "500 with JSON": { fault: faults.internal500, fate: "again" },
  "502 with HTML": { fault: faults.html502, fate: "again" },
  "502 with HTML, accepted": { fault: faults.accepted502, fate: "again", reached: true },
  "500 with null": { fault: faults.null500, fate: "again" },
  "200 with nothing": { fault: faults.empty200, fate: "again", reached: true },
  "200 with HTML": { fault: faults.html200, fate: "again", reached: true },
  "200 cut off": { fault: faults.truncated200, fate: "again", reached: true },
  "accepted, then silence": { fault: faults.acceptedHang, fate: "again", reached: true },
  silence: { fault: faults.hang, fate: "again" },
  "accepted, then a reset": { fault: faults.acceptedReset, fate: "again", reached: true },
  "a reset before it is read": { fault: faults.earlyReset, fate: "again" },
  "an answer that drips": { fault: faults.drip, fate: "again", reached: true },
  "a 307": { fault: faults.redirect307, fate: "stops" },
  "a 308": { fault: faults.redirect308, fate: "stops" },
  "200 with too few ids": { fault: answer(200, { data: [] }, { accept: true }), fate: "again", reached: true },
  "200 with too many ids": { fault: faults.manyIds, fate: "again", reached: true },
  "200 with errors that are none of these": {
    fault: answer(200, { data: [], errors: unknown }, { accept: true }),
    fate: "again",
    reached: true,
  },
  "200 with more ids and errors than mails": {
    fault: answer(200, { data: Array(3).fill({ id: "one" }), errors: unknown }, { accept: true }),
    fate: "again",
    reached: true,
  },
};

/** Faults that end a call only when its time is over. */
export const slow = ["accepted, then silence", "silence", "an answer that drips"];
