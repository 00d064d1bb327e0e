import type { CompiledMail, Message, Recipient } from "../mail/message.ts";

/** What one provider call came to. Only `unsure` may have sent anything without saying so (RES-01, RULES §6.3). */
export type Outcome =
  /** One id per mail, in order: the only success (REL-08). */
  | { readonly result: "accepted"; readonly ids: readonly string[] }
  /** Surely not sent, a passing fault: same key, same bytes, after `after` ms if the provider named a wait. */
  | { readonly result: "retry"; readonly reason: string; readonly after?: number }
  /** Surely not sent, a quota: the whole dispatch waits, no attempt is used up. */
  | { readonly result: "pause"; readonly reason: string; readonly after?: number }
  /** Surely not sent, a fault in our configuration: stop until a person has mended it. */
  | { readonly result: "halt"; readonly reason: string }
  /** Surely not sent because of one of the mails: bisect; `index` names it where the provider does. */
  | { readonly result: "rejected"; readonly reason: string; readonly index?: number }
  /** No answer worth trusting: it may have been accepted. Retry only unchanged, under the same key. */
  | { readonly result: "unsure"; readonly reason: string; readonly after?: number }
  /** The provider knows this key with other bytes: never retried, a person must look. */
  | { readonly result: "conflict"; readonly reason: string };

/** The frozen bytes of one provider call. Making it is pure; `send` is the only thing that reaches out. */
export interface Parcel {
  /** The exact bytes that are hashed before the first attempt and compared before each further one. */
  readonly chunks: readonly Uint8Array[];
  /** Total length of the chunks, in bytes. */
  readonly size: number;
  /** Never throws for what the provider or the network does. `key`: ASCII, 1 to 256 characters (REL-05). */
  send(key: string): Promise<Outcome>;
}

/** A way out. Two implementations are kept to one contract by test/contract/provider.ts. */
export interface Provider {
  readonly name: "resend" | "outbox";
  /** Most mails, and most bytes, in one call. */
  readonly limits: { readonly members: number; readonly bytes: number };
  /** Notices: each mail stands for itself. */
  notices(messages: readonly Message[]): Parcel;
  /** Issues: compile once, then fill any number of batches. */
  issue(mail: CompiledMail): (recipients: readonly Recipient[]) => Parcel;
}
