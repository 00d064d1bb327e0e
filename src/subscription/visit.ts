/** A proof of work that is sound and in time; whether it was spent before is known in the commit alone (DOI-26). */
export interface Proof {
  /** Its challenge, under which it is spent. */
  readonly challenge: string;
  /** Ms UTC after which it is void. */
  readonly until: number;
  /** Slugs of the newsletters that it counts for. */
  readonly newsletters: readonly string[];
}

/** Who asks, as the edge has seen it. Nothing of it is about an address, so that an answer may depend on it (I7). */
export interface Visit {
  /** An IPv4 address or the /64 of an IPv6 one; empty: nobody knows, and all of those share one place. */
  readonly network: string;
  /** The Origin that the browser named; null: none. */
  readonly origin: string | null;
  /** A field was filled in that no person sees. */
  readonly trapped: boolean;
  /** The form came back faster than anybody types, or its time is forged. */
  readonly hurried: boolean;
  readonly proof: Proof | null;
  /** Cloudflare's widget vouches for it. */
  readonly vouched: boolean;
}

/** A visit that nothing is known of. */
export const stranger: Visit = {
  network: "",
  origin: null,
  trapped: false,
  hurried: false,
  proof: null,
  vouched: false,
};
