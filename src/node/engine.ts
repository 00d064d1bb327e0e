import Database from "better-sqlite3";
import type { CompiledQuery } from "kysely";
import { AppError } from "../errors.ts";
import { explainLock } from "../store/lock.ts";
import type { Done, Engine } from "../store/store.ts";

type Connection = Database.Database;

interface Waiting {
  readonly queries: readonly CompiledQuery[];
  readonly resolve: (done: Done[]) => void;
  readonly reject: (fault: unknown) => void;
}

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

/**
 * The engine over one connection. Commits that arrive in the same two rounds of the event loop share one
 * transaction (group commit); if it fails, each is run alone, so that one fault fails nobody else.
 */
export function sqliteEngine(connection: Connection): Engine {
  const statement = preparer(connection);
  let waiting: Waiting[] = [];

  function execute(query: CompiledQuery): Done {
    const ready = statement(query.sql);
    if (!ready.reader) return { rows: [], changes: ready.run(...query.parameters).changes };
    const rows = ready.all(...query.parameters);
    return { rows, changes: ready.readonly ? 0 : rows.length };
  }

  const together = connection.transaction((group: readonly Waiting[]) =>
    group.map((entry) => entry.queries.map(execute)),
  );

  function flush(): void {
    const group = waiting;
    waiting = [];
    try {
      const results = together.immediate(group);
      for (const [place, entry] of group.entries()) entry.resolve(results[place] ?? []);
    } catch (fault) {
      // A lock that others hold is nobody's own fault: waiting for it once more per commit would only hold everyone up.
      if (group.length === 1 || isBusy(fault)) for (const entry of group) entry.reject(explain(fault));
      else for (const entry of group) alone(entry);
    }
  }

  function alone(entry: Waiting): void {
    try {
      entry.resolve(together.immediate([entry])[0] ?? []);
    } catch (fault) {
      entry.reject(explain(fault));
    }
  }

  function batch(queries: readonly CompiledQuery[]): Promise<Done[]> {
    return new Promise((resolve, reject) => {
      // One more round of the loop: what other workers have just got an answer for then shares this transaction's one sync.
      if (waiting.push({ queries, resolve, reject }) === 1) setImmediate(() => setImmediate(flush));
    });
  }

  return {
    batch,
    async run(query) {
      if (explained(() => statement(query.sql).readonly)) return explained(() => execute(query));
      const [done] = await batch([query]);
      return done ?? { rows: [], changes: 0 };
    },
  };
}

/** Prepares each statement once; the texts are few, since values never stand in them. */
function preparer(connection: Connection): (sql: string) => Database.Statement {
  const prepared = new Map<string, Database.Statement>();
  return (sql) => {
    let found = prepared.get(sql);
    if (found === undefined) {
      found = connection.prepare(sql);
      if (prepared.size > 500) prepared.clear();
      prepared.set(sql, found);
    }
    return found;
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
