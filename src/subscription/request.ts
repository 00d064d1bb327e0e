import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { ParsedAddress } from "../mail/address.ts";
import type { Query } from "../store/store.ts";
import { addressHashes } from "../suppression/suppress.ts";
import { crowdedFor, isProven, noteCrowded, noteSpent } from "./crowds.ts";
import type { Desk, OpenNewsletter } from "./desk.ts";
import { guardValues } from "./guard.ts";
import { spend } from "./proofs.ts";
import { owing, requestStatements } from "./request-statements.ts";
import { stillThere } from "./still-there.ts";
import { attackThreshold } from "./threshold.ts";
import type { Visit } from "./visit.ts";

type Address = Extract<ParsedAddress, { ok: true }>;

/** Where a request came from. */
export interface Source {
  readonly form: string | null;
  readonly page: string | null;
  /** Position, campaign and flags, by name. */
  readonly [more: string]: string | null;
}

/** `crowded`: too many have asked from this network, which may ask again in so many seconds. */
export type RequestResult = { outcome: "sent" } | { outcome: "crowded"; seconds: number };

/** A request to subscribe that is well formed. */
export interface Request {
  readonly address: Address;
  readonly desk: Desk;
  readonly newsletters: readonly OpenNewsletter[];
  readonly name: string;
  readonly wording: string;
  readonly source: Source;
  readonly visit: Visit;
  /** The subscriber who asks again by an old link: the commit fails if an erasure or a move to another address was faster. */
  readonly known?: number;
  /** Statements that break the commit where something is not so any more. */
  readonly asLongAs?: readonly Query[];
}

/** The gate's one commit, shared by every way of asking (DOI-24). */
export async function request(ctx: AppContext, asked: Request): Promise<RequestResult> {
  const { visit, address, newsletters } = asked;
  const now = ctx.clock();
  const wording = bytesToHex(sha256(utf8ToBytes(asked.wording)));
  const { signer } = ctx;
  const guard = guardValues({
    ...{ signer, visit, newsletters, now, domain: address.domain, settings: asked.desk.guard },
    ownOrigin: originOf(ctx.config.publicUrl),
    attack: await attackThreshold(ctx),
  });
  const proven = isProven(ctx, visit, guard.challenge);
  const crowded = crowdedFor(ctx, visit.network, proven);
  if (crowded !== null) return { outcome: "crowded", seconds: crowded };
  noteSpent(ctx, guard.challenge);
  const first = [
    ...(asked.asLongAs ?? []),
    ...(asked.known === undefined ? [] : [stillThere(asked.known, address.emailKey)]),
    ...keepWording(ctx, wording, asked.wording, now),
  ];
  const done = await ctx.store.commit(
    ...first,
    ...requestStatements(ctx.store.db, {
      ...guard,
      now,
      email: address.email,
      emailKey: address.emailKey,
      name: asked.name,
      chosen: JSON.stringify(newsletters.map(({ id }) => id)),
      source: JSON.stringify(asked.source),
      // The oldest key: a rotation must not reset every cool-down.
      throttle: signer.keyedHash("throttle", address.abuseKey, signer.firstKey),
      hashes: JSON.stringify(addressHashes(signer, address.emailKey)),
      lasts: asked.desk.confirmHours * 3_600_000,
      wording,
      form: asked.source.form,
      page: asked.source.page,
    }),
    ...(visit.proof === null || guard.challenge === null ? [] : [spend(visit.proof)]),
  );
  wordingKept(ctx, wording);
  const answer = done[first.length + owing]?.rows[0] as { reason: string | null } | undefined;
  if (answer?.reason === "network") {
    // Whether a proof was spent elsewhere only the commit knows: it must not shut out those with a fresh one.
    return { outcome: "crowded", seconds: noteCrowded(ctx, visit.network, visit.vouched) };
  }
  ctx.bell.ring();
  return { outcome: "sent" };
}

/** Wordings that this process has seen kept: there are few, and nothing deletes them. */
const wordings = new WeakMap<AppContext, Set<string>>();

function keepWording(ctx: AppContext, hash: string, text: string, now: number): RawBuilder<unknown>[] {
  if (wordings.get(ctx)?.has(hash)) return [];
  return [
    sql`insert into wordings (hash, text, first_shown_at) values (${hash}, ${text}, ${now}) on conflict (hash) do nothing`,
  ];
}

function wordingKept(ctx: AppContext, hash: string): void {
  const known = wordings.get(ctx) ?? new Set<string>();
  wordings.set(ctx, known.size > 100 ? new Set([hash]) : known.add(hash));
}

const origins = new Map<string, string>();

/** The origin of our own pages. Parsing an address costs more than one would think, so each is parsed once. */
export function originOf(publicUrl: string): string {
  const known = origins.get(publicUrl) ?? new URL(publicUrl).origin;
  origins.set(publicUrl, known);
  return known;
}
