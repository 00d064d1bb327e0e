import Database from "better-sqlite3";
import type { CompiledQuery } from "kysely";
import { AppError } from "../errors.ts";
import { explainLock } from "../store/lock.ts";
import type { Done, Engine } from "../store/store.ts";

type Connection = Database.Database;

/**
 * A SQLite file as Tidings wants it: WAL, durable commits, foreign keys, erased bytes overwritten (REL-12, SEC-28).
 * `patience` is how long, in ms, to wait for another process that writes; it blocks this one meanwhile.
 */
export function openFile(path: string, patience = 5_000): Connection {
  const connection = new Database(path, { timeout: patience });
  try {
    enterWal(connection, patience);
    connection.pragma("synchronous = FULL");
    connection.pragma("foreign_keys = ON");
    connection.pragma("secure_delete = ON");
    connection.pragma("temp_store = MEMORY");
    connection.pragma("cache_size = -16384");
    return connection;
  } catch (fault) {
    connection.close();
    throw fault;
  }
}

/** Where two first starts switch to WAL at once, SQLite answers "busy" without waiting, so the waiting is done here. */
function enterWal(connection: Connection, patience: number): void {
  const end = performance.now() + patience;
  for (;;) {
    try {
      connection.pragma("journal_mode = WAL");
      return;
    } catch (fault) {
      if (!isBusy(fault) || performance.now() > end) throw fault;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** A statement for a connection: its text and its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What became of one commit: the results of its statements in their places, or SQLite's own fault. */
export type Outcome = { readonly done: Done[] } | { readonly fault: unknown };

/** Runs statements on one connection. */
export interface Runner {
  isRead(sql: string): boolean;
  /** Throws SQLite's own fault. */
  run(statement: Statement): Done;
  /** Several commits in one durable transaction (group commit); if it fails, each alone, so that one fault fails nobody else. */
  commit(group: readonly (readonly Statement[])[]): Outcome[];
}

/** A runner that prepares each statement once; the texts are few, since values never stand in them. */
export function createRunner(connection: Connection): Runner {
  const prepared = new Map<string, Database.Statement>();

  function prepare(sql: string): Database.Statement {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const fresh = connection.prepare(sql);
    if (prepared.size > mostTexts) prepared.clear();
    prepared.set(sql, fresh);
    return fresh;
  }

  function run({ sql, parameters }: Statement): Done {
    const ready = prepare(sql);
    if (!ready.reader) return { rows: [], changes: ready.run(...parameters).changes };
    const rows = ready.all(...parameters);
    return { rows, changes: ready.readonly ? 0 : rows.length };
  }

  const together = connection.transaction((group: readonly (readonly Statement[])[]) =>
    group.map((statements): Outcome => ({ done: statements.map(run) })),
  );

  function commit(group: readonly (readonly Statement[])[]): Outcome[] {
    try {
      return together.immediate(group);
    } catch (fault) {
      // A lock that others hold is nobody's own fault: waiting for it once more per commit would only hold everyone up.
      if (group.length === 1 || isBusy(fault)) return group.map(() => ({ fault }));
      return group.flatMap((statements) => commit([statements]));
    }
  }

  return { isRead: (sql) => prepare(sql).readonly, run, commit };
}

/** How many texts of statements are kept prepared. */
export const mostTexts = 500;

interface Waiting {
  readonly statements: readonly Statement[];
  readonly end: (outcome: Outcome) => void;
}

/** The engine over one connection, all in this thread. Commits that arrive in the same two rounds of the event loop share one. */
export function sqliteEngine(connection: Connection): Engine {
  const runner = createRunner(connection);
  let waiting: Waiting[] = [];

  function flush(): void {
    const group = waiting;
    waiting = [];
    const outcomes = runner.commit(group.map(({ statements }) => statements));
    for (const [place, outcome] of outcomes.entries()) group[place]?.end(outcome);
  }

  return engineOver(runner, (statements, end) => {
    // One more round of the loop: what other workers have just got an answer for then shares this transaction's one sync.
    if (waiting.push({ statements, end }) === 1) setImmediate(() => setImmediate(flush));
  });
}

/** An engine that reads by a runner, and hands each commit to `write`, which must call `end` with what became of it. */
export function engineOver(
  runner: Pick<Runner, "isRead" | "run">,
  write: (statements: readonly Statement[], end: (outcome: Outcome) => void) => void,
): Engine {
  function batch(queries: readonly CompiledQuery[]): Promise<Done[]> {
    return new Promise((resolve, reject) => {
      write(queries, (outcome) => ("done" in outcome ? resolve(outcome.done) : reject(explain(outcome.fault))));
    });
  }
  return {
    batch,
    async run(query) {
      if (explained(() => runner.isRead(query.sql))) return explained(() => runner.run(query));
      const [done] = await batch([query]);
      return done ?? { rows: [], changes: 0 };
    },
  };
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (fault) {
    throw explain(fault);
  }
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && "code" in fault ? String(fault.code) : "";
}

function isBusy(fault: unknown): boolean {
  const code = codeOf(fault);
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
}

/** Faults of SQLite and its file that an operator can mend, said so; anything else is a bug and stays as it is. */
export function explain(fault: unknown): unknown {
  const locked = explainLock(fault);
  if (locked !== null) return locked;
  const code = codeOf(fault);
  if (isBusy(fault)) {
    return unavailable(
      "The database is locked by another program.",
      "Try again; if it stays so, end what holds it.",
      fault,
    );
  }
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR") || code === "ENOSPC") {
    return unavailable("The disk is full or failing: nothing was written.", "Free some space, then try again.", fault);
  }
  if (/^SQLITE_(?:READONLY|CANTOPEN|PERM)/.test(code) || folderFaults.has(code)) {
    return unavailable("The database file cannot be written.", "Check its folder, its owner and its rights.", fault);
  }
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return unavailable("The database file is damaged.", "Restore the newest backup.", fault);
  }
  return fault;
}

/** What making the database's folder may meet. */
const folderFaults = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"]);

function unavailable(message: string, hint: string, cause: unknown): AppError {
  return new AppError("unavailable", message, { hint }, { cause });
}
