import type { CompiledMail, Message, Recipient } from "../mail/message.ts";

/** How many calls a provider allows in so many ms, as its answers say. */
export interface Pace {
  readonly calls: number;
  readonly span: number;
}

/** What one mail came to, where a call did not fare as a whole. */
export type MemberOutcome =
  | { readonly result: "accepted"; readonly id: string }
  /** Surely not sent, and never will be: this mail is refused for good. */
  | { readonly result: "rejected"; readonly reason: string }
  /** Surely not sent; may leave later under a new key, not before `after` ms. */
  | { readonly result: "later"; readonly reason: string; readonly after?: number }
  /** It may have been accepted. */
  | { readonly result: "unsure"; readonly reason: string };

/** What one provider call came to. Only `unsure` may have sent anything without saying so (RES-01, RULES §6.3). */
export type Outcome =
  /** One id per mail, in order: the only success (REL-08). */
  | { readonly result: "accepted"; readonly ids: readonly string[]; readonly pace?: Pace }
  /** One outcome per mail, in order; `ended` says why the call broke off before all were tried, if it did. */
  | { readonly result: "partly"; readonly members: readonly MemberOutcome[]; readonly ended: Ended | null }
  /** Surely not sent: same key, same bytes, after `after` ms if named. `limited`: only the rate is at fault, not the provider. */
  | {
      readonly result: "retry";
      readonly reason: string;
      readonly after?: number;
      readonly limited?: true;
      readonly pace?: Pace;
    }
  /** Surely not sent, a quota: the whole dispatch waits, no attempt is used up. */
  | { readonly result: "pause"; readonly reason: string; readonly after?: number }
  /** Surely not sent, a fault in our configuration: stop until a person has mended it. */
  | { readonly result: "halt"; readonly reason: string }
  /** Surely not sent because of one of the mails: bisect; `index` names it where the provider does. */
  | { readonly result: "rejected"; readonly reason: string; readonly index?: number }
  /**
   * No answer worth trusting: it may have been accepted. Retry only unchanged, under the same key. `answered`: the provider is
   * there, and still at work on this very call.
   */
  | { readonly result: "unsure"; readonly reason: string; readonly after?: number; readonly answered?: true }
  /** The provider knows this key with other bytes: never retried, a person must look. */
  | { readonly result: "conflict"; readonly reason: string };

/** Why a call ended before all its mails were tried; none of these has sent anything more. */
export type Ended = Extract<Outcome, { result: "retry" | "pause" | "halt" }>;

/** Kept by dispatch for a way out that knows no keys: what may have left is durable before it can have. */
export interface Journal {
  /**
   * Resolves once it is durable that the mail at `place` is about to leave, and what `came` told before; false: the lease is lost,
   * and nothing more may leave.
   */
  leaving(place: number): Promise<boolean>;
  /** The mail at `place` is accepted, or surely was not; durable with the next `leaving`, at the latest when the batch settles. */
  came(place: number, accepted: boolean): void;
}

/** The frozen bytes of one provider call. Making it is pure; `send` is the only thing that reaches out. */
export interface Parcel {
  /** The exact bytes of the call. */
  readonly chunks: readonly Uint8Array[];
  /** Total length of the chunks, in bytes. */
  readonly size: number;
  /**
   * SHA-256 in hex that binds every byte, behind a word for the manner of leaving where there are several: kept before the first
   * attempt, and met again before each further one (REL-04).
   */
  digest(): Promise<string>;
  /**
   * Never throws for what the provider or the network does. `key`: ASCII, 1 to 256 characters (REL-05). `journal` is given
   * where the provider does not know keys.
   */
  send(key: string, journal?: Journal): Promise<Outcome>;
}

/** A way out. All implementations are kept to one contract by test/contract/provider.ts. */
export interface Provider {
  readonly name: "resend" | "smtp" | "outbox";
  /** True: a repeat under the same key is recognised, so that a call without an answer is repeated unchanged (RULES §8.1). */
  readonly knowsKeys: boolean;
  /** Most mails, and most bytes, in one call. */
  readonly limits: { readonly members: number; readonly bytes: number };
  /** Notices: each mail stands for itself. */
  notices(messages: readonly Message[]): Parcel;
  /** Issues: compile once, then fill any number of batches. */
  issue(mail: CompiledMail): (recipients: readonly Recipient[]) => Parcel;
}
