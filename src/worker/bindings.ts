import type { D1Database } from "../store/d1.ts";

/** What wrangler.toml binds, and what `wrangler secret put` adds. All plain variables are settings (docs/settings.md). */
export interface Bindings {
  readonly DB: D1Database;
  /** The bell: messages without content that say "look into the ledger". */
  readonly BELL: BellQueue;
  /** Style sheet, icon and pictures. */
  readonly ASSETS: { fetch(url: string): Promise<Response> };
  /** Sign-ups of one network address, counted where they come in; nothing is counted without it. */
  readonly SIGNUP_LIMIT?: { limit(options: { key: string }): Promise<{ success: boolean }> };
  /** The key ring, as `tidings keys new` prints it and a Node installation keeps it in data/keys. */
  readonly TIDINGS_KEY_RING?: string;
  /** The first admin token: becomes valid once, in an instance that has never had one. */
  readonly TIDINGS_FIRST_TOKEN?: string;
}

/** Cloudflare's producer of a queue. */
export interface BellQueue {
  send(message: unknown, options?: { delaySeconds?: number }): Promise<unknown>;
}

/** Messages that Cloudflare hands over together; they count as taken unless told otherwise. */
export interface Messages {
  readonly messages: readonly unknown[];
  retryAll(options?: { delaySeconds?: number }): void;
}
