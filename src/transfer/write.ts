import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { closeDoor, isDoorOpen, openDoor } from "./lock.ts";
import { concerned, keyOf, type Range, type Row, within } from "./range.ts";
import { type Freight, freightOf } from "./tables.ts";

/** A range of a table, and all the rows that belong into it. */
export interface WrittenRange extends Range {
  readonly move: string;
  readonly table: string;
  readonly rows: readonly Row[];
}

/** A row of more characters travels into its statement as values of its own: quoted once more it might pass D1's 2 MB. */
const largeRow = 300_000;

/**
 * Makes a range of the target hold these rows and no others, in one commit; a repeat changes nothing. Rows whose parents have not come
 * yet are left out: the source still works, and the last pass brings them. Throws `conflict` where this is no target of that move.
 */
export async function writeRange(ctx: AppContext, input: WrittenRange): Promise<{ written: number }> {
  const table = freightOf(input.table);
  const { rows } = input;
  if (rows.some((row) => row.length !== table.columns.length)) {
    throw new AppError("invalid", `A row of ${table.name} has other columns here.`, {
      hint: "Bring both sides to the same version of Tidings.",
    });
  }
  const isLarge = (row: Row) => JSON.stringify(row).length > largeRow;
  const [opened, , ...done] = await ctx.store.commit(
    openDoor(input.move),
    removeOthers(table, input, rows),
    ...upsertAll(
      table,
      rows.filter((row) => !isLarge(row)),
    ),
    ...rows.filter(isLarge).map((row) => upsertOne(table, row)),
    closeDoor(),
  );
  if (opened.rows.length === 0) {
    throw new AppError(
      "conflict",
      "This installation takes no rows: it is not, or no longer, the target of that move.",
    );
  }
  return { written: done.slice(0, -1).reduce((sum, { rows: kept }) => sum + kept.length, 0) };
}

function removeOthers(table: Freight, range: Range, rows: readonly Row[]): RawBuilder<unknown> {
  const key = sql.join(table.key.map((name) => sql.ref(name)));
  const parts = sql.join(table.key.map((_, at) => sql`value ->> ${sql.lit(`$[${at}]`)}`));
  const keys = JSON.stringify(rows.map((row) => keyOf(table, row)));
  return sql`delete from ${sql.table(table.name)} where ${isDoorOpen} and ${within(table, range)} and ${concerned(table)}
    and (${key}) not in (select ${parts} from json_each(${keys}))`;
}

/** `true` before `on conflict` keeps SQLite from reading it as part of a join. */
function upsertAll(table: Freight, rows: readonly Row[]): RawBuilder<unknown>[] {
  if (rows.length === 0) return [];
  const values = table.columns.map((name, at) => sql`value ->> ${sql.lit(`$[${at}]`)} as ${sql.ref(name)}`);
  const came = sql`(select ${sql.join(values)} from json_each(${JSON.stringify(rows)}))`;
  return [upsert(table, came)];
}

function upsertOne(table: Freight, row: Row): RawBuilder<unknown> {
  const values = table.columns.map((name, at) => sql`${row[at] ?? null} as ${sql.ref(name)}`);
  return upsert(table, sql`(select ${sql.join(values)})`);
}

function upsert({ name, key, columns, parents }: Freight, came: RawBuilder<unknown>): RawBuilder<unknown> {
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const isHere = Object.entries(parents).map(
    ([column, parent]) => sql` and (${sql.ref(`came.${column}`)} is null
      or exists (select 1 from ${sql.table(parent)} p where p.${sql.ref(parentKey(parent))} = ${sql.ref(`came.${column}`)}))`,
  );
  const changes = columns
    .filter((column) => !key.includes(column))
    .map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  return sql`insert into ${sql.table(name)} (${list}) select ${list} from ${came} came where ${isDoorOpen}${sql.join(isHere, sql``)}
    on conflict (${sql.join(key.map((column) => sql.ref(column)))}) do update set ${sql.join(changes)}
    returning 1`;
}

function parentKey(parent: string): string {
  return freightOf(parent).key[0] ?? "";
}
