import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { AppError } from "../errors.ts";
import { freightNames } from "../transfer/tables.ts";
import type { Api } from "./connect.ts";
import { reply } from "./reply.ts";

/** One side of a move. */
export interface Side {
  /** As people know it: an address, or the path of a file. */
  readonly name: string;
  readonly api: Api;
}

/** What the two sides are compared and copied with. */
export interface Course {
  readonly id: string;
  readonly source: Side;
  readonly target: Side;
  /** Told after each step of a table, in rows of the source. */
  progress(table: string, rows: number): void;
  /** Throws where a person wants to stop. Asked before each call. */
  check(): void;
  /** Waits so many ms before a call is tried again. */
  pause(ms: number): Promise<void>;
}

/** What a table came to when both sides were asked. */
export interface Compared {
  readonly name: string;
  readonly rows: number;
  /** SHA-256 over the hashes of its parts, which were the same on both sides. */
  readonly hash: string;
  /** Rows that had to be written, since they differed. */
  readonly written: number;
}

type Place = (string | number)[] | null;

/** Waits in ms before a call that found nobody is made again; every call of a move may be repeated. */
const patience = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Makes a call until it is answered. Throws `unavailable` when nobody has answered for half a minute, and whatever is refused. */
export async function steadily<T>(course: Pick<Course, "check" | "pause">, call: () => Promise<T>): Promise<T> {
  for (const ms of [...patience, null]) {
    course.check();
    try {
      return await call();
    } catch (fault) {
      if (ms === null || !(fault instanceof AppError) || fault.code !== "unavailable") throw fault;
    }
    await course.pause(ms);
  }
  throw new Error("the last try returns or throws");
}

/** Goes through all tables and makes the target hold what the source holds; what is the same already is only compared. */
export async function copyAll(course: Course): Promise<Compared[]> {
  const tables: Compared[] = [];
  for (const name of freightNames) tables.push(await copyTable(course, name));
  return tables;
}

/** Copies a table again until both sides, asked anew, hold the same. The source must be closed. Throws `conflict` where they never do. */
export async function settleTable(course: Course, name: string): Promise<Compared> {
  for (let round = 0; round < 3; round += 1) {
    const compared = await copyTable(course, name);
    if (compared.written === 0) return compared;
  }
  throw new AppError("conflict", `The table ${name} does not become the same on both sides.`, {
    hint: "Somebody else writes there. Nothing leaves from either side; give the move up with: tidings move --abandon",
  });
}

function copyTable(course: Course, table: string): Promise<Compared> {
  return walkTable(course, table, async (range, done) => copyRange(course, range, done));
}

/** Compares a table without writing; `written` is how many of its parts differ. */
export function compareTable(course: Course, table: string): Promise<Compared> {
  return walkTable(course, table, async () => 1);
}

type Differ = (range: TableRange, done: (rows: number) => void) => Promise<number>;

async function walkTable(course: Course, table: string, differs: Differ): Promise<Compared> {
  const hash = sha256.create();
  let rows = 0;
  let written = 0;
  let after: Place = null;
  do {
    const here = await digest(course, "source", { table, after, to: null });
    const to: Place = here.last;
    const there = await digest(course, "target", { table, after, to });
    if (here.rows !== there.rows || here.hash !== there.hash) {
      const before = rows;
      written += await differs({ table, after, to }, (done) => course.progress(table, before + done));
    }
    rows += here.rows;
    hash.update(utf8ToBytes(here.hash));
    course.progress(table, rows);
    after = to;
  } while (after !== null);
  return { name: table, rows, hash: bytesToHex(hash.digest()), written };
}

interface TableRange {
  readonly table: string;
  readonly after: Place;
  readonly to: Place;
}

function digest(course: Course, side: "source" | "target", { table, after, to }: TableRange): Promise<Part> {
  const { api } = course[side];
  return steadily(course, () =>
    reply(api.transfer[":table"].digest.$get({ param: { table }, query: query({ after, to }) })),
  );
}

interface Part {
  readonly rows: number;
  readonly hash: string;
  readonly last: Place;
}

/** Writes a range page by page; returns how many rows it wrote, 1 at least: others may have been removed. */
async function copyRange(course: Course, range: TableRange, done: (rows: number) => void): Promise<number> {
  const { table, to } = range;
  const { source, target, id } = course;
  let { after } = range;
  let rows = 0;
  do {
    const from: Place = after;
    const page: { rows: (string | number | null)[][]; last: Place } = await steadily(course, () =>
      reply(source.api.transfer[":table"].$get({ param: { table }, query: query({ after: from, to }) })),
    );
    const end: Place = page.last ?? to;
    const json = { move: id, after: from, to: end, rows: page.rows };
    await steadily(course, () => reply(target.api.transfer[":table"].$put({ param: { table }, json })));
    rows += page.rows.length;
    done(rows);
    after = page.last;
  } while (after !== null);
  return Math.max(rows, 1);
}

function query({ after, to }: { after: Place; to: Place }) {
  return {
    ...(after === null ? {} : { after: JSON.stringify(after) }),
    ...(to === null ? {} : { to: JSON.stringify(to) }),
  };
}
