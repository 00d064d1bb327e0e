import * as z from "zod";
import { time } from "./route.ts";

/** A finding about an issue file; lines and columns count from 1, 0 means the whole. */
export const fault = z
  .object({
    level: z.enum(["error", "warning"]),
    rule: z.string(),
    line: z.int(),
    column: z.int(),
    message: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: "Fault" });

/** An issue without its source. */
export const issue = z
  .object({
    id: z.int(),
    newsletter: z.string(),
    slug: z.string(),
    subject: z.string(),
    status: z.enum(["draft", "scheduled", "sending", "paused", "cancelled", "incomplete", "sent"]),
    scheduledAt: time.nullable().meta({ description: "When a scheduled issue begins, or was to begin" }),
    audienceAt: time.nullable(),
    startedAt: time.nullable(),
    plannedAt: time.nullable(),
    finishedAt: time.nullable(),
    updatedAt: time,
    stopReason: z.string().nullable(),
    error: z.string().nullable(),
    retiredAt: time.nullable().meta({ description: "Since when only its sums are kept, and no longer who got it" }),
    correctedAt: time.nullable().meta({ description: "Since when its web copy differs from what was mailed" }),
  })
  .meta({ id: "Issue" });

/** What sending a file would do. */
export const outlook = z
  .object({
    newsletter: z.object({ slug: z.string(), name: z.string() }),
    slug: z.string(),
    sender: z.object({ name: z.string(), address: z.string() }),
    subject: z.string(),
    preheader: z.string(),
    provider: z.enum(["outbox", "resend", "smtp"]),
    recipients: z.int(),
    paused: z.int().meta({ description: "Readers who take a break and are not among the recipients" }),
    asOf: time,
    faults: z.array(fault),
  })
  .meta({ id: "Outlook" });

/** Deliveries by state; at every moment planned = open + accepted + failed + skipped + inDoubt. */
export const sums = z
  .object({
    planned: z.int(),
    open: z.int(),
    accepted: z.int(),
    failed: z.int(),
    skipped: z.int(),
    inDoubt: z.int(),
  })
  .meta({ id: "Sums" });

/** Why so many deliveries ended in a state. */
export const reason = z.object({ state: z.string(), reason: z.string(), n: z.int() }).meta({ id: "Reason" });

/** How many mails the provider has reported on, by what it said. */
export const reports = z
  .object({
    delivered: z.int(),
    delayed: z.int(),
    bounced: z.int().meta({ description: "For good" }),
    bouncedContent: z.int().meta({ description: "Because of what was in them" }),
    bouncedSoft: z.int().meta({ description: "For now, as a full mailbox does" }),
    complained: z.int(),
    suppressed: z.int(),
    failed: z.int(),
  })
  .meta({ id: "Reports" });

/** Both ways of counting an issue's ledger. */
export const recount = z
  .object({
    ok: z.boolean(),
    summed: sums.meta({ description: "From batch sizes and exceptions, as every status shows them" }),
    counted: sums.nullable().meta({ description: "Delivery by delivery; null once these were deleted" }),
    homeless: z.int().meta({ description: "Deliveries that no batch holds" }),
    sizes: z
      .array(z.object({ batch: z.int(), size: z.int(), members: z.int() }))
      .meta({ description: "Batches whose size is not the number of their members, the first twenty" }),
    retiredAt: time.nullable().meta({ description: "Since when there is nothing left to count" }),
  })
  .meta({ id: "Recount" });

/** A reader whose mail is in doubt. */
export const doubtful = z
  .object({
    subscriber: z.int(),
    address: z.string().nullable().meta({ description: "Null once erased" }),
    reason: z.string(),
  })
  .meta({ id: "Doubtful" });

/** What became of one reader's mail. */
export const readerMail = z
  .object({
    state: z.enum(["planned", "claimed", "accepted", "failed", "skipped", "in_doubt"]),
    reason: z.string().nullable(),
    at: time.nullable(),
    mail: z.string().nullable().meta({ description: "The provider's own id, once accepted" }),
    feedback: z.enum(["bounced", "complained", "suppressed", "failed"]).nullable(),
  })
  .meta({ id: "ReaderMail" });

/** What a send still waits for. */
export const work = z
  .object({
    dueAt: time.nullable().meta({ description: "When the next batch can be paid; null when none is open" }),
    held: z.int().meta({ description: "Batches that a process holds, or held when it ended" }),
    heldUntil: time.nullable().meta({ description: "When the last of these is free again" }),
  })
  .meta({ id: "OpenWork" });

/** A mail owed to one person. */
export const notice = z
  .object({
    id: z.int(),
    kind: z.enum(["confirmation", "already", "reminder", "welcome", "link", "address", "test"]),
    state: z.enum(["waiting", "accepted", "failed", "skipped", "in_doubt"]),
    reason: z.string().nullable(),
    dueAt: time,
    settledAt: time.nullable(),
    mail: z.string().nullable().meta({ description: "The provider's own id, once accepted" }),
  })
  .meta({ id: "Notice" });
