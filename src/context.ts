import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { TemplateSource } from "./mail/template.ts";
import type { Signer } from "./mail/tokens.ts";
import type { MailHostWord } from "./mail-host.ts";
import type { Provider } from "./provider/contract.ts";
import type { MailKeep } from "./provider/outbox.ts";
import type { Store } from "./store/store.ts";

/** Tells whoever pays mails that some are owed. A lost or doubled ring costs nothing (the ledger is the truth). */
export interface Bell {
  ring(): void;
}

/** Where batches wait that are ready to leave: so many provider calls are under way at a time. */
export interface Gate {
  /** True at once where a call may leave; otherwise a promise of whether it may. Who was let in must leave. */
  enter(inHurry: boolean): boolean | Promise<boolean>;
  leave(): void;
}

/** Files served under /assets/: the site's own before the built-in ones. */
export interface Assets {
  read(path: string): Promise<{ body: Uint8Array<ArrayBuffer>; type: string; tag: string } | null>;
}

/** What every verb may use; built once by an edge, and the only way to the outside. */
export interface AppContext {
  readonly store: Store;
  readonly provider: Provider;
  readonly bell: Bell;
  readonly gate: Gate;
  readonly templates: TemplateSource;
  readonly assets: Assets;
  readonly config: Config;
  readonly signer: Signer;
  /** Milliseconds UTC. */
  readonly clock: () => number;
  /** So many bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array;
  readonly log: Log;
  /** The outbox's mails, where that is the provider. */
  readonly keep: MailKeep | null;
  /** Whether a domain takes mail, as its name servers say within a second (ADR-09). */
  readonly mailHost: (domain: string) => Promise<MailHostWord>;
  /** What Cloudflare's widget says of a token, null where it does not hold; absent without its secret (DOI-27). */
  readonly turnstile?: (token: string) => Promise<{ hostname: string; action: string } | null>;
  /** Named passages of dispatch; tests stop the process there, an edge does nothing. */
  readonly probe: (passage: string) => void;
}
