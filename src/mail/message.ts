/** A display name and an address, never joined into one string before the wire (FMT-15). */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** A header beyond the fixed ones: name in RFC 5322 ftext, value decoded, without CR or LF. */
export type Header = readonly [name: string, value: string];

/** One mail, filled for one reader. Strings are decoded text; encoding is the provider's work. */
export interface Message {
  readonly from: Mailbox;
  readonly to: string;
  readonly replyTo: Mailbox | null;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly headers: readonly Header[];
  /** Without angle brackets, the same on every try (FMT-08). */
  readonly messageId: string;
  /** Milliseconds UTC, for the Date header; fixed when the batch is frozen (FMT-07). */
  readonly date: number;
  /** Names and values of [A-Za-z0-9_-]; they come back in webhooks. */
  readonly tags: readonly Header[];
}

/** What may differ between two readers of one issue. */
export type FieldName = "name" | "email" | "subscriber" | "leaveUrl" | "preferencesUrl";

/** A place that is filled per reader; `as` names the escaping that its surroundings need. */
export interface Field {
  readonly field: FieldName;
  readonly as: "html" | "text" | "header";
  /** Printed when the reader's value is empty. */
  readonly fallback: string;
}

/** Literal text (already escaped for where it stands) and fields, in order. */
export type Segments = readonly (string | Field)[];

/** An issue compiled once, kept by hash in `contents`, filled for each reader. JSON-serialisable. */
export interface CompiledMail {
  readonly from: Mailbox;
  readonly replyTo: Mailbox | null;
  readonly subject: Segments;
  readonly html: Segments;
  readonly text: Segments;
  readonly headers: readonly (readonly [name: string, value: Segments])[];
  readonly tags: readonly (readonly [name: string, value: Segments])[];
}

/** One reader of a batch, with every field filled (raw text, not yet escaped). */
export interface Recipient {
  readonly address: string;
  readonly values: Readonly<Record<FieldName, string>>;
  readonly messageId: string;
  readonly date: number;
}
