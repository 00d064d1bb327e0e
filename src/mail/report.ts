/** Reports about a mail that are counted for its issue, each by this name. */
export type CountedKind =
  | "delivered"
  | "delayed"
  /** Came back for good: nobody is at this address. */
  | "bounced"
  /** Came back for good because of what is in it: not the reader's fault. */
  | "bounced-content"
  /** Came back for now. */
  | "bounced-soft"
  | "complained"
  /** Not sent, since the provider's own list suppresses the address. */
  | "suppressed"
  /** Accepted, and not sent after all. */
  | "failed";

/** What a provider may report of one mail. */
export type ReportKind = CountedKind | "sent" | "opened" | "clicked";
