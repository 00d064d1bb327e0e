// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source text
import { part, type Rule, type Source } from "../source.ts";
import type { Token } from "../tokens.ts";

/** Table → the folders of src that may write it. schema.sql is compared with this list by a test. */
export const owners: Readonly<Record<string, readonly string[]>> = {
  instance: ["instance"],
  tokens: ["instance"],
  newsletters: ["newsletter"],
  suppressions: ["suppression"],
  contents: ["issue"],
  batches: ["delivery"],
  deliveries: ["delivery"],
  notices: ["delivery"],
  webhooks: ["delivery"],
  counters: ["delivery"],
  journals: ["delivery"],
  outlets: ["delivery"],
  meters: ["delivery"],
  subscribers: ["subscriber"],
  subscriptions: ["subscription"],
  consents: ["subscription"],
  wordings: ["subscription"],
  throttles: ["subscription"],
  rates: ["subscription"],
  proofs: ["subscription"],
  goodbyes: ["subscription"],
  texts: ["newsletter"],
  issues: ["issue"],
  outbox_keys: ["provider"],
  outbox_mails: ["provider"],
};

/** The one exception: planning inserts deliveries and batches by `insert … select`. */
const planned = new Set(["deliveries", "batches"]);

interface Write {
  readonly verb: "insert" | "update" | "delete";
  /** Null where the name of the table is computed. */
  readonly table: string | null;
  readonly line: number;
}

const builders: ReadonlyMap<string, Write["verb"]> = new Map([
  ["insertInto", "insert"],
  ["replaceInto", "insert"],
  ["mergeInto", "update"],
  ["updateTable", "update"],
  ["deleteFrom", "delete"],
]);
/** A name that is missing at the end of a template's piece is a computed one. */
const statements: readonly (readonly [Write["verb"], RegExp])[] = [
  ["insert", /\b(?:insert(?:\s+or\s+\w+)?|replace)\s+into(?:\s+["`[]?(\w+)|\s*$)/gi],
  ["delete", /\bdelete\s+from(?:\s+["`[]?(\w+)|\s*$)/gi],
  ["update", /\bupdate(?:\s+or\s+\w+)?\s+["`[]?(?!set\b)(\w+)["`\]]?(?:\s+(?:as\s+)?(?!set\b)\w+)?\s+set\b/gi],
];

/** Every statement of a file that writes a table, by Kysely's builders or as SQL text. */
export function readWrites(tokens: readonly Token[]): readonly Write[] {
  return tokens.flatMap((token, at) => {
    const verb = token.kind === "word" ? builders.get(token.text) : undefined;
    if (verb !== undefined && tokens[at + 1]?.text === "(") {
      const named = tokens[at + 2];
      return [{ verb, table: named?.kind === "string" ? tableName(named.text) : null, line: token.line }];
    }
    if (token.kind === "string") return readSql(token).filter(({ table }) => table !== null);
    return token.kind === "template" ? [...readSql(token), ...readComputedUpdate(tokens, at)] : [];
  });
}

/** `insertInto("issues as i")` → issues */
function tableName(text: string): string {
  return text.trim().split(/\s+/)[0] ?? "";
}

function readSql({ text, line }: Token): Write[] {
  return statements.flatMap(([verb, pattern]) =>
    [...text.matchAll(pattern)].map((match) => ({
      verb,
      table: match[1]?.toLowerCase() ?? null,
      line: line + text.slice(0, match.index).split("\n").length - 1,
    })),
  );
}

/** sql`update ${table} set …`, where the piece behind the value begins with set. */
function readComputedUpdate(tokens: readonly Token[], at: number): Write[] {
  const piece = tokens[at];
  if (piece === undefined || !/\bupdate(?:\s+or\s+\w+)?\s+$/i.test(piece.text)) return [];
  const next = tokens.slice(at + 1).find(({ kind }) => kind === "template");
  return /^\s*set\b/i.test(next?.text ?? "") ? [{ verb: "update", table: null, line: piece.endLine }] : [];
}

function checkTables(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, tokens }) =>
    readWrites(tokens).flatMap(({ verb, table, line }) => {
      const own = part(path) ?? "";
      // Rows of every table travel by the same statements, from and into a list of tables (src/transfer/tables.ts).
      if (own === "transfer") return [];
      if (table === null) return [`${path}:${line} writes a table whose name is computed`];
      const allowed = owners[table];
      if (allowed === undefined || allowed.includes(own)) return [];
      const plans = /^src\/dispatch\/plan[\w-]*\.ts$/.test(path) && verb === "insert" && planned.has(table);
      return plans ? [] : [`${path}:${line} writes ${table}, which belongs to ${allowed.join(", ")}/`];
    }),
  );
}

/** A verb that must change another table commits a query that its folder built. Reading by join is free. */
export const tableRule: Rule = {
  name: "a table is written only by its own concept's folder",
  scope: ["src"],
  check: checkTables,
  planted: {
    "an insert by builder": { "src/issue/send.ts": 'ctx.store.db.insertInto("batches").values(row);' },
    "an update by builder": { "src/http/admin.ts": 'ctx.store.db.updateTable("issues").set({});' },
    "a delete by builder": { "src/jobs.ts": 'db.deleteFrom("notices as n").where("n.id", "=", 1);' },
    "an insert as SQL": { "src/subscription/confirm.ts": "sql`insert into notices (kind) values ('welcome')`;" },
    "an insert or ignore": { "src/issue/send.ts": "sql`\n  INSERT OR IGNORE INTO suppressions (id) values (1)`;" },
    "an update as SQL": { "src/dispatch/run.ts": "sql<Row>`update batches set state = 'accepted'`;" },
    "an update with an alias": { "src/dispatch/run.ts": "sql`update batches as b set state = 'accepted'`;" },
    "an update behind a common table": {
      "src/dispatch/run.ts": "sql`with x as (select 1) update batches set id = 1`;",
    },
    "a delete as SQL": { "src/subscription/erase.ts": "sql`delete from subscribers where id = ${id}`;" },
    "SQL after a value": { "src/subscription/erase.ts": "sql`select ${id}; delete from subscribers`;" },
    "SQL in a string": { "src/node/engine.ts": 'db.prepare("delete from subscribers").run();' },
    "a computed table by builder": { "src/jobs.ts": "db.deleteFrom(table);" },
    "a computed table as SQL": { "src/jobs.ts": "sql`delete from ${sql.table(name)} where id = 1`;" },
    "a computed table in an update": { "src/jobs.ts": "sql`update ${sql.table(name)} set id = 1`;" },
    "planning that settles": { "src/dispatch/plan.ts": "sql`update batches set state = 'accepted'`;" },
    "moving that begins elsewhere": { "src/issue/transfer.ts": "sql`delete from ${sql.table(name)}`;" },
    "planning that owes notices": { "src/dispatch/plan.ts": 'db.insertInto("notices").values(row);' },
  },
  spared: {
    "its own folder": { "src/issue/send.ts": "sql`update issues set status = 'sending'`; db.insertInto(\"issues\");" },
    "planning that inserts": {
      "src/dispatch/plan.ts": "sql`insert into deliveries (issue) select 1`; sql`insert into batches (id) select 1`;",
    },
    "a read by join": {
      "src/issue/find.ts": 'sql`select * from batches join subscribers on true`; db.selectFrom("notices");',
    },
    "an upsert": { "src/issue/create.ts": "sql`insert into issues (id) values (1) on conflict do update set id = 2`;" },
    "prose that mentions an update": {
      "src/cli/issue.ts": 'const help = "Update issues of a newsletter, or delete them";',
    },
    "moving an installation": {
      "src/transfer/write.ts":
        "sql`insert into ${sql.table(name)} (id) values (1)`; sql`update instance set held = null`;",
    },
    "a constructor": { "src/mail/fault.ts": "class A { constructor(name: string) {} }" },
    "a comment": { "src/cli/issue.ts": "// delete from subscribers" },
    "a query that another folder built": {
      "src/subscription/erase.ts": "await ctx.store.commit(scrub(id), suppress(key));",
    },
  },
};

function isShell(path: string): boolean {
  return path === "src/jobs.ts" || path === "src/app.ts" || part(path) === "http";
}

function checkShells(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => isShell(path))
    .flatMap(({ path, tokens, imports }) => [
      ...imports
        .filter(
          ({ specifier, kind }) => specifier === "kysely" || (/\/store\//.test(specifier ?? "") && kind !== "type"),
        )
        .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
      ...tokens
        .filter(({ kind, text }, at) => kind === "word" && text === "store" && tokens[at - 1]?.text === ".")
        .map(({ line }) => `${path}:${line} reaches for the store`),
    ]);
}

/** What runs by the clock is one list of verbs; what answers a request parses, calls a verb and answers. */
export const shellRule: Rule = {
  name: "jobs.ts, http/ and app.ts call verbs only",
  scope: ["src"],
  check: checkShells,
  planted: {
    "a query": { "src/jobs.ts": 'const rows = await ctx.store.db.selectFrom("issues").execute();' },
    "a commit": { "src/jobs.ts": "await ctx.store.commit(purge(now));" },
    "SQL of its own": { "src/jobs.ts": 'import { sql } from "kysely";' },
    "a query in a handler": { "src/http/admin.ts": "return c.json(await ctx.store.db.executeQuery(query));" },
    "a store of its own": { "src/app.ts": 'import { openStore } from "./store/open.ts";' },
  },
  spared: {
    "a verb": { "src/jobs.ts": 'import { purge } from "./delivery/purge.ts"; await purge(ctx);' },
    "a row's type": { "src/http/view.ts": 'import type { IssueRow } from "../store/rows.ts";' },
    "a concept": { "src/issue/find.ts": 'await ctx.store.db.selectFrom("issues").execute();' },
  },
};
