import { type CreateBatchOptions, Resend } from "resend";
import type { Message } from "../../mail/message.ts";
import type { Outcome } from "../contract.ts";
import { formatMailbox } from "./bytes.ts";
import { call, type Line } from "./call.ts";

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
  frozen: Uint8Array<ArrayBuffer>,
  key: string,
): Promise<Outcome> {
  let outcome: Outcome = { result: "halt", reason: "The resend package made no call." };
  const client = new Resend(line.apiKey, { baseUrl: line.baseUrl, userAgent: line.userAgent });
  // The package cannot tell a refused connection from an answer cut off, follows redirects and has no time limit
  // (RULES §6.5). So it shapes the request, and our own call carries it and judges the answer.
  client.fetchRequest = async (path: string, options: { body?: unknown; headers?: HeadersInit } = {}) => {
    if (typeof options.body !== "string" || !equal(new TextEncoder().encode(options.body), frozen)) {
      outcome = { result: "halt", reason: "The resend package would send other bytes than those frozen (REL-04)." };
    } else {
      outcome = await call(line, path, new Headers(options.headers), frozen, messages.length);
    }
    const error = { name: "application_error", message: outcome.result, statusCode: null } as const;
    return { data: null, error, headers: null };
  };
  await client.batch.send(messages.map(toPackage), { idempotencyKey: key, batchValidation: "strict" });
  return outcome;
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
