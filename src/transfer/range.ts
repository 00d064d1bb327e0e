import { type RawBuilder, sql } from "kysely";
import type { Freight } from "./tables.ts";

/** A value of a row as it travels; no column holds bytes. */
export type Value = string | number | null;

/** A row in the order of its table's columns. */
export type Row = readonly Value[];

/** Where in a table a range begins (behind it) or ends (with it): the values of a key, null for the table's own end. */
export type Place = readonly (string | number)[] | null;

/** A part of a table by its keys. */
export interface Range {
  readonly after: Place;
  readonly to: Place;
}

/** SQL: true for the rows of a range. */
export function within({ key }: Freight, { after, to }: Range): RawBuilder<boolean> {
  const columns = sql.join(key.map((name) => sql.ref(name)));
  const bound = (place: readonly (string | number)[]) => sql.join(place.map((value) => sql`${value}`));
  const low = after === null ? sql`true` : sql`(${columns}) > (${bound(after)})`;
  const high = to === null ? sql`true` : sql`(${columns}) <= (${bound(to)})`;
  return sql<boolean>`${low} and ${high}`;
}

/** SQL: true for rows that this move is about. Tokens that the target had before are its own, on both sides (src/transfer/begin.ts). */
export function concerned({ name }: Freight): RawBuilder<boolean> {
  if (name !== "tokens") return sql<boolean>`true`;
  return sql<boolean>`hash not in (select value from json_each((select coalesce(held ->> '$.except', '[]') from instance)))`;
}

/** The key of a row that is in the order of the table's columns. */
export function keyOf({ key, columns }: Freight, row: Row): (string | number)[] {
  return key.map((name) => row[columns.indexOf(name)] ?? "");
}
