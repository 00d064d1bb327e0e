import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { readHold } from "../instance/hold.ts";
import type { End, KeyPrint } from "./fit.ts";
import { freight } from "./tables.ts";

/** How many rows of a table there are to move. */
export interface Load {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

interface Found {
  readonly uid: string;
  readonly keyIds: string;
  readonly held: string | null;
  readonly isUsed: 0 | 1;
  readonly inFlight: number;
  readonly unanswered: number;
}

/** This end of a move: what must fit the other one, and how far it is. Costs the same whatever the number of readers. */
export async function viewEnd(ctx: AppContext): Promise<End> {
  const now = ctx.clock();
  const isClaimed = sql`state = 'claimed' and payload_hash is not null and (holder is null or due_at <= ${now})`;
  const [{ rows }, names, tokens] = await Promise.all([
    sql<Found>`select uid, key_ids keyIds, held, ${isUsed} isUsed,
      (select count(*) from batches where state = 'claimed' and holder is not null and due_at > ${now}) inFlight,
      (select count(*) from batches where ${isClaimed}) unanswered from instance`.execute(ctx.store.db),
    sql<{ name: string }>`select name from d1_migrations order by id`.execute(ctx.store.db),
    ctx.store.db.selectFrom("tokens").select("hash").orderBy("hash").execute(),
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error("an instance is made before anything is asked of it");
  const hold = readHold(row.held);
  const { signer } = ctx;
  return {
    uid: row.uid,
    schema: names.rows.map(({ name }) => name),
    knownKeys: JSON.parse(row.keyIds) as KeyPrint[],
    ring: signer.keyIds.map((id): KeyPrint => [id, signer.fingerprint(id)]),
    now,
    move: hold?.move ?? null,
    heldFor: hold === null || hold.move !== undefined ? null : hold.reason,
    isEmpty: row.isUsed === 0,
    inFlight: row.inFlight,
    unanswered: row.unanswered,
    tokens: ownTokens(row.held) ?? tokens.map(({ hash }) => hash),
  };
}

/** As the beginning of a move has noted them; what came since is the source's. */
function ownTokens(held: string | null): string[] | null {
  const { except } = JSON.parse(held ?? "{}") as { except?: string[] };
  return except ?? null;
}

/** SQL: true once anybody has signed up, written or sent anything. */
export const isUsed = sql<0 | 1>`(${sql.join(
  ["newsletters", "subscribers", "consents", "suppressions", "issues", "batches", "notices", "webhooks"].map(
    (name) => sql`exists (select 1 from ${sql.table(name)})`,
  ),
  sql` or `,
)})`;

/** What there is to move, table by table. Counts every row, so it costs a reading of all of them. */
export async function countFreight(ctx: AppContext): Promise<Load[]> {
  const loads: Load[] = [];
  for (const { name, columns } of freight) {
    const { rows } = await sql<{ n: number }>`select count(*) n from ${sql.table(name)}`.execute(ctx.store.db);
    loads.push({ name, columns, rows: rows[0]?.n ?? 0 });
  }
  return loads;
}
