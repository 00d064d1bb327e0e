import Database from "better-sqlite3";
import type { CompiledQuery } from "kysely";
import { AppError } from "../errors.ts";
import type { Done, Engine } from "../store/store.ts";

type Connection = Database.Database;

interface Waiting {
  readonly queries: readonly CompiledQuery[];
  readonly resolve: (done: Done[]) => void;
  readonly reject: (fault: unknown) => void;
}

/** A SQLite file as Tidings wants it: WAL, durable commits, foreign keys, erased bytes overwritten (REL-12, SEC-28). */
export function openFile(path: string): Connection {
  const connection = new Database(path);
  connection.pragma("busy_timeout = 5000");
  connection.pragma("journal_mode = WAL");
  connection.pragma("synchronous = FULL");
  connection.pragma("foreign_keys = ON");
  connection.pragma("secure_delete = ON");
  connection.pragma("temp_store = MEMORY");
  connection.pragma("cache_size = -65536");
  return connection;
}

/**
 * The engine over one connection. Commits that arrive in the same turn of the event loop share one
 * transaction (group commit); if it fails, each is run alone, so that one fault fails nobody else.
 */
export function sqliteEngine(connection: Connection): Engine {
  const prepared = new Map<string, Database.Statement>();
  let waiting: Waiting[] = [];

  function statement(sql: string): Database.Statement {
    let found = prepared.get(sql);
    if (found === undefined) {
      found = connection.prepare(sql);
      if (prepared.size > 500) prepared.clear();
      prepared.set(sql, found);
    }
    return found;
  }

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
      if (group.length === 1) group[0]?.reject(explain(fault));
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
      if (waiting.push({ queries, resolve, reject }) === 1) setImmediate(flush);
    });
  }

  return {
    batch,
    async run(query) {
      if (statement(query.sql).readonly) return reading(() => execute(query));
      const [done] = await batch([query]);
      return done ?? { rows: [], changes: 0 };
    },
  };
}

function reading(read: () => Done): Done {
  try {
    return read();
  } catch (fault) {
    throw explain(fault);
  }
}

/** SQLite's own faults that an operator can mend, said so; anything else is a bug and stays as it is. */
export function explain(fault: unknown): unknown {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return unavailable(
      "The database is locked by another program.",
      "Try again; if it stays so, end what holds it.",
      fault,
    );
  }
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR")) {
    return unavailable("The disk is full or failing: nothing was written.", "Free some space, then try again.", fault);
  }
  if (code.startsWith("SQLITE_READONLY") || code === "SQLITE_CANTOPEN") {
    return unavailable("The database file cannot be written.", "Check its owner and rights.", fault);
  }
  if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") {
    return unavailable("The database file is damaged.", "Restore the newest backup.", fault);
  }
  return fault;
}

function unavailable(message: string, hint: string, cause: unknown): AppError {
  return new AppError("unavailable", message, { hint }, { cause });
}
