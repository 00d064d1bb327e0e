// Links of mails that are followed over HTTP: confirming, and leaving by one click: node bench/press.ts [--seconds 5]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { openFile } from "../src/node/engine.ts";
import { serve } from "../src/node/serve.ts";
import { type Press, servePresses } from "./bare-presses.ts";
import { headOfRuns, type Ran, rowOfRun, runClient } from "./client.ts";
import { addNewsletter, makeFolder, settingsIn } from "./newsroom.ts";
import { conclude, type Pair, printHead, printTable, readFlags } from "./report.ts";

const { seconds } = readFlags({ seconds: 5 });

/** Faster than either side can be; who runs out of links ends early, and that is what is measured. */
const most = 25_000;
const links = Math.ceil(most * (seconds + Math.min(1, seconds / 2)));

interface Served {
  readonly url: string;
  /** A path on each line. */
  readonly paths: string;
  readonly connection: Database;
  stop(): Promise<void>;
}

/** Pending or active readers, as signing up one by one would leave them, each with a confirmation mail that has left. */
function seed(connection: Database, press: Press): void {
  const status = press === "confirm" ? "pending" : "active";
  connection.exec(`
    insert into batches (id, lane, size, state, due_at, settled_at) values (1, 0, ${links}, 'accepted', 0, 0);
    insert into subscribers (id, email, email_key, created_at)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${links})
      select i, 'reader' || i || '@post.tld', 'reader' || i || '@post.tld', 0 from n;
    insert into subscriptions (newsletter, subscriber, status, generation, since)
      select 1, id, '${status}', 1, 0 from subscribers;
    insert into notices (id, kind, subscriber, items, created_at, expires_at, due_at, batch)
      select id, 'confirmation', id, '[[1,1]]', 0, 9e15, 0, 1 from subscribers;
    insert into consents (newsletter, subscriber, generation, event, at, method, notice)
      select 1, id, 1, 'asked', 0, 'form', id from subscribers;`);
}

async function serveOwn(folder: string, press: Press): Promise<Served> {
  const config = settingsIn(folder, { TIDINGS_PORT: "0" });
  const { url, opened, stop } = await serve(config);
  const { ctx } = opened;
  await addNewsletter(ctx);
  const connection = seedBeside(config.database, press);
  const path = (id: number) =>
    press === "confirm" ? `/confirm/${ctx.signer.sign("confirm", [id])}` : `/u/${ctx.signer.sign("leave", [1, id])}`;
  const paths = Array.from({ length: links }, (_, at) => path(at + 1)).join("\n");
  return { url, paths, connection, stop };
}

async function serveBare(folder: string, press: Press): Promise<Served> {
  const config = settingsIn(folder);
  const served = await servePresses(config);
  const connection = seedBeside(config.database, press);
  const paths = Array.from({ length: links }, (_, at) => `/${press === "confirm" ? "confirm" : "u"}/${at + 1}`).join(
    "\n",
  );
  return { ...served, paths, connection };
}

function seedBeside(file: string, press: Press): Database {
  const connection = openFile(file);
  seed(connection, press);
  return connection;
}

const events = { confirm: "confirmed", leave: "withdrawn" } as const;
const standing = { confirm: "active", leave: "unsubscribed" } as const;

async function measure(start: typeof serveOwn, press: Press, connections: number): Promise<Ran> {
  const { folder, remove } = makeFolder();
  const server = await start(folder, press);
  try {
    const file = join(folder, "links");
    writeFileSync(file, server.paths);
    const [status, form] = press === "confirm" ? ["303", ""] : ["200", "List-Unsubscribe=One-Click"];
    const seen = await runClient("link-client.ts", [
      ...[server.url, String(connections), String(seconds), file],
      ...[status, form],
    ]);
    const count = (text: string, word: string) => Number(server.connection.prepare(text).pluck().get(word));
    const rows = [
      count("select count(*) from consents where event = ?", events[press]),
      count("select count(*) from subscriptions where status = ?", standing[press]),
    ];
    // A side that wrote less than the other would be compared with something else.
    if (rows.some((number) => number !== seen.posted)) throw new Error(`${seen.posted} presses left ${rows} rows`);
    return seen;
  } finally {
    server.connection.close();
    await server.stop();
    remove();
  }
}

printHead("press");
const table = [headOfRuns("presses")];
const pairs: Pair[] = [];
for (const press of ["confirm", "leave"] as const) {
  for (const connections of [16, 64]) {
    const bare = await measure(serveBare, press, connections);
    const own = await measure(serveOwn, press, connections);
    for (const [way, seen] of [["bare", bare] as const, ["Tidings", own] as const]) {
      const what = `${press}, ${connections} connections, ${way}`;
      const pair = { what, own: seen.perSecond, bare: bare.perSecond, measured: Math.min(seen.seconds, bare.seconds) };
      table.push(rowOfRun(pair, seen));
      if (seen !== bare) pairs.push(pair);
    }
  }
}
printTable(table);
conclude(pairs);
