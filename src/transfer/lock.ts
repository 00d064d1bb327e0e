import { type RawBuilder, sql } from "kysely";
import { lockWord } from "../store/lock.ts";
import { freight } from "./tables.ts";

// A check before a write could be overtaken by the write; a trigger cannot. They exist only in a database that takes no writes, and
// its own commits for the move pass them by a mark that stands in the hold from their first statement to their last.
const isOpen = sql`(select held ->> '$.open' from instance)`;

/** Statements: from this commit on every write into what moves is refused, whoever makes it. Repeating them changes nothing. */
export function lockTables(): RawBuilder<unknown>[] {
  return freight.flatMap(({ name, columns }) => {
    // An installation's own record always exists, and must stay open to its hold and its clock.
    const verbs = name === "instance" ? ["update"] : ["insert", "update", "delete"];
    return verbs.map((verb) => {
      const what = verb === "update" ? `update of ${columns.join(", ")}` : verb;
      return sql`${sql.raw(`create trigger if not exists ${triggerName(name, verb)} before ${what} on ${name}`)}
        when ${isOpen} is null begin select raise(abort, ${sql.lit(lockWord)}); end`;
    });
  });
}

/** Statements: writes are taken again. */
export function unlockTables(): RawBuilder<unknown>[] {
  return freight.flatMap(({ name }) =>
    ["insert", "update", "delete"].map((verb) => sql`${sql.raw(`drop trigger if exists ${triggerName(name, verb)}`)}`),
  );
}

function triggerName(table: string, verb: string): string {
  return `locked_${table}_${verb}`;
}

/** Statement: this commit may write into a locked database, if it is the target of this move; `closeDoor` must end it. */
export function openDoor(move: string): RawBuilder<{ id: number }> {
  return sql<{ id: number }>`update instance set held = json_set(held, '$.open', 1)
    where held ->> '$.move.id' = ${move} and held ->> '$.move.role' = 'target' and held ->> '$.move.phase' = 'copying'
    returning id`;
}

/** Statement: ends what `openDoor` began. */
export function closeDoor(): RawBuilder<unknown> {
  return sql`update instance set held = json_remove(held, '$.open') where held ->> '$.open' = 1`;
}

/** SQL: true between the two. */
export const isDoorOpen = sql<boolean>`exists (select 1 from instance where held ->> '$.open' = 1)`;
