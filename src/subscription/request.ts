import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { ParsedAddress } from "../mail/address.ts";
import { createMemory } from "../memory.ts";
import type { Query } from "../store/store.ts";
import { commitBehindGuard, type RequestResult } from "./behind-guard.ts";
import type { Desk, OpenNewsletter } from "./desk.ts";
import { owing, requestStatements } from "./request-statements.ts";
import { stillThere } from "./still-there.ts";
import type { Visit } from "./visit.ts";

type Address = Extract<ParsedAddress, { ok: true }>;

/** Where a request came from. */
export interface Source {
  readonly form: string | null;
  readonly page: string | null;
  /** Position, campaign and flags, by name. */
  readonly [more: string]: string | null;
}

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
  const { visit, address, newsletters, desk } = asked;
  const wording = bytesToHex(sha256(utf8ToBytes(asked.wording)));
  const result = await commitBehindGuard(ctx, { visit, address, newsletters, settings: desk.guard }, (values) => {
    const first = [
      ...(asked.asLongAs ?? []),
      ...(asked.known === undefined ? [] : [stillThere(asked.known, address.emailKey)]),
      ...keepWording(ctx, wording, asked.wording, values.now),
    ];
    const statements = requestStatements(ctx.store.db, {
      ...values,
      name: asked.name,
      chosen: JSON.stringify(newsletters.map(({ id }) => id)),
      source: JSON.stringify(asked.source),
      lasts: desk.confirmHours * 3_600_000,
      wording,
      form: asked.source.form,
      page: asked.source.page,
    });
    return { statements: [...first, ...statements], owing: first.length + owing };
  });
  if (result.outcome === "sent") wordings.set(ctx, wording, true);
  return result;
}

/** Wordings that this process has seen kept: there are few, and nothing deletes them. */
const wordings = createMemory<AppContext, true>(100);

function keepWording(ctx: AppContext, hash: string, text: string, now: number): RawBuilder<unknown>[] {
  if (wordings.get(ctx, hash)) return [];
  return [
    sql`insert into wordings (hash, text, first_shown_at) values (${hash}, ${text}, ${now}) on conflict (hash) do nothing`,
  ];
}
