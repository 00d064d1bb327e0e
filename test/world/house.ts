import type { AppContext } from "../../src/context.ts";
import type { Provider } from "../../src/provider/contract.ts";
import type { MailKeep } from "../../src/provider/outbox.ts";
import type { Beside } from "./beside.ts";

/** What a test puts in the place of the platform's own. */
export interface Given extends Pick<AppContext, "clock" | "random" | "log"> {
  readonly environment: Readonly<Record<string, string>>;
  /** The way out, over the keep that an outbox would put its mails into. */
  readonly provider: (keep: MailKeep) => Provider;
  /** Times under which that keep puts mails, milliseconds UTC. */
  readonly keepClock: () => number;
  readonly probe?: AppContext["probe"];
  readonly bell?: AppContext["bell"];
}

/** Another process on an installation's database, or another isolate. */
export interface Another {
  readonly ctx: AppContext;
  close(): void;
}

/** An installation on either platform. */
export interface House {
  readonly ctx: AppContext;
  readonly firstToken: string | null;
  /** Holds tidings.db, keys, outbox and templates; none in workerd. */
  readonly folder: string;
  /** A way of the test's own to the same database; to be closed before the house. */
  beside(): Beside;
  /** Another process on the same database; to be closed before the house. */
  another(own: Pick<AppContext, "clock" | "log"> & Partial<Pick<AppContext, "provider">>): Promise<Another>;
  close(): void;
}

/** The same ring in every run, so that links and Message-IDs are the same too. */
export const ringText = JSON.stringify({
  current: 1,
  keys: [{ id: 1, secret: "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" }],
});
