// Tidings in a Worker, behind a counter: GET /bench/counts tells what D1 has read and written since it was last asked.
import { sql } from "kysely";
import { countAudienceAsOf } from "../../src/issue/audience.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import type { D1Database, D1Result, D1Statement } from "../../src/store/d1.ts";
import type { Bindings, Messages } from "../../src/worker/bindings.ts";
import { createContext } from "../../src/worker/context.ts";
import worker from "../../src/worker/main.ts";

const none = { statements: 0, calls: 0, rowsRead: 0, rowsWritten: 0, invocations: 0, mostStatements: 0, databaseMs: 0 };
let counts = { ...none };
/** Statements of the invocation for the queue that runs now. */
let own = 0;

function note(results: readonly D1Result[]): void {
  counts.calls += 1;
  counts.statements += results.length;
  own += results.length;
  for (const { meta } of results as readonly { meta: Record<string, number> }[]) {
    counts.rowsRead += meta.rows_read ?? 0;
    counts.rowsWritten += meta.rows_written ?? 0;
    counts.databaseMs += meta.duration ?? 0;
  }
}

/** Statements that know what they wrap, since D1 takes its own only. */
function counting(database: D1Database): D1Database {
  const inner = new WeakMap<D1Statement, D1Statement>();
  const wrap = (statement: D1Statement): D1Statement => {
    const outer: D1Statement = {
      bind: (...values) => wrap(statement.bind(...values)),
      async run() {
        const result = await statement.run();
        note([result]);
        return result;
      },
    };
    inner.set(outer, statement);
    return outer;
  };
  return {
    prepare: (text) => wrap(database.prepare(text)),
    async batch(statements) {
      const results = await database.batch(statements.map((one) => inner.get(one) ?? one));
      note(results);
      return results;
    },
  };
}

const known = new WeakMap<Bindings, Bindings>();

function counted(bindings: Bindings): Bindings {
  const found = known.get(bindings) ?? { ...bindings, DB: counting(bindings.DB) };
  known.set(bindings, found);
  return found;
}

async function steer(request: Request, bindings: Bindings): Promise<Response> {
  const url = new URL(request.url);
  const ctx = createContext(bindings, { bell: { ring: () => void bindings.BELL.send("look") } });
  switch (url.pathname) {
    case "/bench/counts": {
      const told = counts;
      counts = { ...none };
      return Response.json(told);
    }
    case "/bench/seed": {
      const [first, last] = [Number(url.searchParams.get("first")), Number(url.searchParams.get("last"))];
      await ctx.store.commit(
        sql`insert into subscribers (id, email, email_key, name, created_at, proven_at)
          with recursive n (i) as (select ${first} union all select i + 1 from n where i < ${last})
          select i, 'reader' || i || '@post.tld', 'reader' || i || '@post.tld', iif(i % 3, 'Reader ' || i, ''), 0, 0 from n`,
        sql`insert into subscriptions (newsletter, subscriber, status, generation, since)
          select 1, id, 'active', 1, 0 from subscribers where id between ${first} and ${last}`,
        sql`insert into consents (newsletter, subscriber, generation, event, at, method)
          select 1, id, 1, 'confirmed', 0, 'link' from subscribers where id between ${first} and ${last}`,
      );
      return Response.json({});
    }
    case "/bench/send": {
      const asOf = ctx.clock();
      await saveDraft(ctx, { source: await request.text() });
      const expect = await countAudienceAsOf(ctx, 1, asOf);
      await sendIssue(ctx, { newsletter: "morning", slug: "issue", expect, asOf });
      return Response.json({ expect });
    }
    case "/bench/state": {
      const { rows } = await sql`select status, planned_at planned from issues`.execute(ctx.store.db);
      return Response.json(rows);
    }
    default:
      return new Response("unknown", { status: 404 });
  }
}

// biome-ignore lint/style/noDefaultExport: the runtime demands it
export default {
  fetch(request: Request, bindings: Bindings): Promise<Response> {
    const isOurs = new URL(request.url).pathname.startsWith("/bench/");
    return isOurs ? steer(request, bindings) : worker.fetch(request, counted(bindings));
  },
  async queue(batch: Messages, bindings: Bindings): Promise<void> {
    own = 0;
    counts.invocations += 1;
    await worker.queue(batch, counted(bindings));
    counts.mostStatements = Math.max(counts.mostStatements, own);
  },
};
