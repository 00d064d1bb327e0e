import { type CreateBatchOptions, Resend } from "resend";
import type { Message } from "../../mail/message.ts";
import type { Outcome } from "../contract.ts";
import { formatMailbox } from "./bytes.ts";
import { call, type Line, type Load } from "./call.ts";

/** A mail as the resend package takes it. */
export function toPackage(message: Message): CreateBatchOptions[number] {
  return {
    from: formatMailbox(message.from),
    to: [message.to],
    subject: message.subject,
    html: message.html,
    text: message.text,
    ...(message.replyTo === null ? {} : { replyTo: formatMailbox(message.replyTo) }),
    ...(message.headers.length === 0 ? {} : { headers: Object.fromEntries(message.headers) }),
    ...(message.tags.length === 0 ? {} : { tags: message.tags.map(([name, value]) => ({ name, value })) }),
  };
}

/** Sends notices in the shape that the resend package gives them, provided that it equals the frozen bytes. */
export async function sendByPackage(
  line: Line,
  messages: readonly Message[],
  frozen: Omit<Load, "headers">,
  idempotencyKey: string,
): Promise<Outcome> {
  let outcome: Outcome = { result: "halt", reason: "The resend package made no call." };
  const client = new Resend(line.apiKey, { baseUrl: line.baseUrl, userAgent: line.userAgent });
  // The package cannot tell a refused connection from an answer cut off, follows redirects and has no time limit
  // (RULES §6.5). So it shapes the request, and our own call carries it and judges the answer.
  client.fetchRequest = async (path: string, options: { body?: unknown; headers?: HeadersInit } = {}) => {
    const { body } = options;
    if (path !== frozen.path || typeof body !== "string" || !isEqual(body, frozen)) {
      outcome = { result: "halt", reason: "The resend package would send other bytes than those frozen (REL-04)." };
    } else {
      outcome = await call(line, { ...frozen, headers: Object.fromEntries(new Headers(options.headers)) });
    }
    const error = { name: "application_error", message: outcome.result, statusCode: null } as const;
    return { data: null, error, headers: null };
  };
  const mails = messages.map(toPackage);
  const [mail] = mails;
  if (frozen.shape === "array") {
    await client.batch.send(mails, { idempotencyKey, batchValidation: line.validation });
  } else if (mail !== undefined) {
    await client.emails.send(mail, { idempotencyKey });
  }
  return outcome;
}

function isEqual(text: string, { chunks, size }: Pick<Load, "chunks" | "size">): boolean {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length !== size) return false;
  let at = 0;
  return chunks.every((chunk) => chunk.every((byte) => byte === bytes[at++]));
}
