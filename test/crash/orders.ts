import { join } from "node:path";

/** Passages of dispatch at which a child can end; `flight` is between the first byte of a call and its answer. */
export const points = ["planned", "claimed", "frozen", "flight", "sent", "answered", "settled"] as const;

/** What a child is told. */
export interface Orders {
  /** Each holds tidings.db and keys; they are paid one after the other. */
  readonly folders: readonly string[];
  /** Of the fake Resend. */
  readonly url: string;
  /** Milliseconds UTC when it starts. */
  readonly clock: number;
  /** Where it kills itself, and at which passage; "" where it does not. */
  readonly point: (typeof points)[number] | "";
  readonly nth: number;
  /** Milliseconds into the flight. */
  readonly delay: number;
  readonly workers: number;
  /** Most mails of a call. */
  readonly members: number;
}

/** The environment of an installation in a folder, mailing through the fake. */
export function environment(folder: string, url: string): Record<string, string> {
  return {
    TIDINGS_PUBLIC_URL: "https://letters.courier.example",
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_TEMPLATES: join(folder, "templates"),
    TIDINGS_PROVIDER: "resend",
    TIDINGS_LOG: "silent",
    RESEND_API_KEY: "re_crash",
    RESEND_BASE_URL: url,
  };
}
