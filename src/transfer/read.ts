import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { concerned, keyOf, type Place, type Range, type Row, type Value, within } from "./range.ts";
import { type Freight, freightOf } from "./tables.ts";

/** A page of a table in the order of its key. */
export interface Page {
  readonly rows: readonly Row[];
  /** The key of its last row; null where the table ends with this page. */
  readonly last: Place;
}

/** What a range of a table is known by: the same on both sides, or it differs. */
export interface Digest {
  readonly rows: number;
  /** SHA-256 over its rows in order, each as JSON on a line. */
  readonly hash: string;
  /** The key of its last row; null where the range ends with it. */
  readonly last: Place;
}

/** Text that a page holds, in characters: well below the 2 MB that D1 takes for one value. */
export const pageSize = 500_000;

/** Rows of a range in order, as many as a page takes; one at least, however large. */
export async function readPage(ctx: AppContext, input: Range & { readonly table: string }): Promise<Page> {
  const table = freightOf(input.table);
  const found = await select(ctx, table, input, table.page);
  let size = 0;
  const end = found.findIndex((row) => {
    size += JSON.stringify(row).length;
    return size > pageSize;
  });
  const rows = end === -1 ? found : found.slice(0, Math.max(end, 1));
  const isWhole = rows.length === found.length && found.length < table.page;
  return { rows, last: isWhole ? null : lastKey(table, rows) };
}

/** Rows of a range that one answer looks at: a multiple of what a page holds, since they do not travel. */
const digestPages = 8;

/** What the first rows of a range come to, as many as one answer looks at. */
export async function digestRange(ctx: AppContext, input: Range & { readonly table: string }): Promise<Digest> {
  const table = freightOf(input.table);
  const hash = sha256.create();
  let count = 0;
  let { after } = input;
  for (let page = 0; page < digestPages; page += 1) {
    const rows = await select(ctx, table, { after, to: input.to }, table.page);
    for (const row of rows) hash.update(utf8ToBytes(`${JSON.stringify(row)}\n`));
    count += rows.length;
    if (rows.length < table.page) return { rows: count, hash: bytesToHex(hash.digest()), last: null };
    after = lastKey(table, rows);
  }
  return { rows: count, hash: bytesToHex(hash.digest()), last: after };
}

function lastKey(table: Freight, rows: readonly Row[]): Place {
  const last = rows.at(-1);
  return last === undefined ? null : keyOf(table, last);
}

async function select(ctx: AppContext, table: Freight, range: Range, most: number): Promise<Row[]> {
  const columns = sql.join(table.columns.map((name) => sql.ref(name)));
  const order = sql.join(table.key.map((name) => sql.ref(name)));
  const { rows } = await sql<Record<string, Value>>`
    select ${columns} from ${sql.table(table.name)} where ${within(table, range)} and ${concerned(table)}
    order by ${order} limit ${most}`.execute(ctx.store.db);
  return rows.map((row) => table.columns.map((name) => row[name] ?? null));
}
