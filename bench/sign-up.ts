// Sign-ups by form over HTTP: node bench/sign-up.ts [--seconds 5]
import { sql } from "kysely";
import { serve } from "../src/node/serve.ts";
import { type Server, serveBare, written } from "./bare-server.ts";
import { headOfRuns, type Ran, rowOfRun, runClient } from "./client.ts";
import { addNewsletter, allowMail, makeFolder, raiseLimits, settingsIn } from "./newsroom.ts";
import { conclude, type Pair, printHead, printTable, readFlags } from "./report.ts";

const { seconds } = readFlags({ seconds: 5 });

/** The product as it is started for real. Without an operator's address its confirmation mails wait. */
async function serveOwn(folder: string, mails: boolean): Promise<Server> {
  const { url, opened, stop } = await serve(settingsIn(folder, { TIDINGS_PORT: "0" }));
  const { ctx } = opened;
  await addNewsletter(ctx);
  await raiseLimits(ctx);
  if (mails) await allowMail(ctx);
  const count = async (table: string) => {
    const { rows } = await sql<{ n: number }>`select count(*) n from ${sql.table(table)}`.execute(ctx.store.db);
    return rows[0]?.n ?? 0;
  };
  return { url, stop, rows: () => Promise.all(written.map(count)) };
}

async function measure(start: (folder: string) => Promise<Server>, connections: number): Promise<Ran> {
  const { folder, remove } = makeFolder();
  const server = await start(folder);
  try {
    const seen = await runClient("form-client.ts", [server.url, String(connections), String(seconds)]);
    const rows = await server.rows();
    // A side that wrote less than the other would be compared with something else.
    if (rows.some((count) => count !== seen.posted)) throw new Error(`${seen.posted} sign-ups left ${rows} rows`);
    return seen;
  } finally {
    await server.stop();
    remove();
  }
}

printHead("sign-up");
const table = [headOfRuns("sign-ups")];
const pairs: Pair[] = [];
for (const connections of [16, 64]) {
  const bare = await measure((folder) => serveBare(settingsIn(folder)), connections);
  const waiting = await measure((folder) => serveOwn(folder, false), connections);
  const mailing = await measure((folder) => serveOwn(folder, true), connections);
  const ways = { bare, "Tidings, mails wait": waiting, "Tidings, mails leave meanwhile": mailing };
  for (const [way, seen] of Object.entries(ways)) {
    const what = `${connections} connections, ${way}`;
    const pair = { what, own: seen.perSecond, bare: bare.perSecond, measured: Math.min(seen.seconds, bare.seconds) };
    table.push(rowOfRun(pair, seen));
    if (seen !== bare) pairs.push(pair);
  }
}
printTable(table);
conclude(pairs);
