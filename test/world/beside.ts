import type Database from "better-sqlite3";

/** Statements of a test's own, beside the installation's: the same text and the same answers on either platform. */
export interface Beside {
  /** Types as better-sqlite3 has them: of the values, and of a row. */
  prepare<_Values = unknown, Row = unknown>(text: string): Prepared<Row>;
  /** One statement or several, without values. */
  exec(text: string): Promise<void>;
  /** Another one whenever somebody else has written. */
  version(): Promise<unknown>;
  close(): void;
}

/** Values are given in order, or as one object for names such as `@issue`. */
export interface Prepared<Row> {
  all(...values: readonly unknown[]): Promise<Row[]>;
  get(...values: readonly unknown[]): Promise<Row | undefined>;
  run(...values: readonly unknown[]): Promise<{ changes: number }>;
  /** The first column alone. */
  pluck(): Prepared<Row>;
  /** Rows as lists. */
  raw(): Prepared<Row>;
}

/** On a file of SQLite; the connection is closed with it. */
export function besideFile(connection: Database.Database): Beside {
  return {
    prepare: <_Values, Row>(text: string) => preparedOnFile<Row>(connection.prepare(text)),
    exec: async (text) => void connection.exec(text),
    version: async () => connection.pragma("data_version", { simple: true }),
    close: () => connection.close(),
  };
}

function preparedOnFile<Row>(statement: Database.Statement): Prepared<Row> {
  const rows = (values: readonly unknown[]) => (statement.reader ? statement.all(...values) : []) as Row[];
  return {
    all: async (...values) => rows(values),
    get: async (...values) => rows(values)[0],
    run: async (...values) => ({ changes: statement.run(...values).changes }),
    pluck: () => preparedOnFile(statement.pluck()),
    raw: () => preparedOnFile(statement.raw()),
  };
}
