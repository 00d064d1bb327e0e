import type { AppContext } from "../context.ts";
import type { GuardSettings } from "../instance/guard.ts";
import type { ParsedAddress } from "../mail/address.ts";
import type { Query } from "../store/store.ts";
import { addressHashes } from "../suppression/suppress.ts";
import { crowdedFor, isProven, noteCrowded, noteSpent } from "./crowds.ts";
import type { OpenNewsletter } from "./desk.ts";
import { type GuardValues, guardValues } from "./guard.ts";
import { spend } from "./proofs.ts";
import { attackThreshold } from "./threshold.ts";
import type { Visit } from "./visit.ts";

/** `crowded`: too many have asked from this network, which may ask again in so many seconds. */
export type RequestResult = { outcome: "sent" } | { outcome: "crowded"; seconds: number };

/** What every mail that anybody may ask for in a reader's name is decided by. */
export interface GuardedValues extends GuardValues {
  readonly now: number;
  readonly email: string;
  readonly emailKey: string;
  /** Keyed hash of the mailbox. */
  readonly throttle: string;
  /** JSON of the address's keyed hashes. */
  readonly hashes: string;
}

/** The statements of a commit; `owing`: which of them owes the mail and returns its reason. */
export interface Guarded {
  readonly statements: readonly Query[];
  readonly owing: number;
}

/**
 * One commit behind the guard (DOI-24), of the statements that `fill` makes of these values; not even that where the network is
 * known to be over its limit. Then the bell rings.
 */
export async function commitBehindGuard(
  ctx: AppContext,
  asked: {
    visit: Visit;
    address: Extract<ParsedAddress, { ok: true }>;
    newsletters: readonly OpenNewsletter[];
    settings: GuardSettings;
  },
  fill: (values: GuardedValues) => Guarded,
): Promise<RequestResult> {
  const { visit, address, newsletters, settings } = asked;
  const { signer } = ctx;
  const now = ctx.clock();
  const guard = guardValues({
    ...{ signer, visit, newsletters, now, domain: address.domain, settings },
    ownOrigin: originOf(ctx.config.publicUrl),
    attack: await attackThreshold(ctx),
  });
  const crowded = crowdedFor(ctx, visit.network, isProven(ctx, visit, guard.challenge));
  if (crowded !== null) return { outcome: "crowded", seconds: crowded };
  noteSpent(ctx, guard.challenge);
  const { statements, owing } = fill({
    ...guard,
    now,
    email: address.email,
    emailKey: address.emailKey,
    // The oldest key: a rotation must not reset every cool-down.
    throttle: signer.keyedHash("throttle", address.abuseKey, signer.firstKey),
    hashes: JSON.stringify(addressHashes(signer, address.emailKey)),
  });
  const done = await ctx.store.commit(
    ...statements,
    ...(visit.proof === null || guard.challenge === null ? [] : [spend(visit.proof)]),
  );
  const answer = done[owing]?.rows[0] as { reason: string | null } | undefined;
  if (answer?.reason === "network") {
    // Whether a proof was spent elsewhere only the commit knows: it must not shut out those with a fresh one.
    return { outcome: "crowded", seconds: noteCrowded(ctx, visit.network, visit.vouched) };
  }
  ctx.bell.ring();
  return { outcome: "sent" };
}

const origins = new Map<string, string>();

/** The origin of our own pages. Parsing an address costs more than one would think, so each is parsed once. */
function originOf(publicUrl: string): string {
  const known = origins.get(publicUrl) ?? new URL(publicUrl).origin;
  origins.set(publicUrl, known);
  return known;
}
