import type { CompiledMail, Message, Recipient } from "./message.ts";
import { fill } from "./segments.ts";

/** A compiled mail as one reader gets it. */
export function fillMessage(mail: CompiledMail, recipient: Recipient): Message {
  const { values } = recipient;
  return {
    from: mail.from,
    to: recipient.address,
    replyTo: mail.replyTo,
    subject: fill(mail.subject, values),
    html: fill(mail.html, values),
    text: fill(mail.text, values),
    headers: mail.headers.map(([name, value]) => [name, fill(value, values)] as const),
    messageId: recipient.messageId,
    date: recipient.date,
    tags: mail.tags.map(([name, value]) => [name, fill(value, values)] as const),
  };
}
