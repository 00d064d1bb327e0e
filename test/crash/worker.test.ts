import { readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { freePort, type LocalWorker, startWorker } from "../../examples/worker/local.ts";
import { dice } from "../delivery/dice.ts";
import { seedReaders } from "../delivery/ledger.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { scratchFolder } from "../world/scratch.ts";

// In `npm test` one installation that is killed once; `npm run test:crash` plays one for every sixty rounds on Node, each killed
// three times.
const rounds = Number(process.env.CRASH_ROUNDS ?? 0);
const installations = Math.max(1, Math.floor(rounds / 60));
const readers = 1_200;
const lease = 60_000;

/** What the provider does with the call that the crash strikes. */
const strikes = [
  // Accepted, and nobody here will ever know by itself.
  { kind: "hang", accept: true },
  { kind: "hang", accept: false },
  // Whatever is under way when the call comes in.
  null,
] as const;

/** The database that workerd keeps for the binding. */
function openState(folder: string): Database.Database {
  const state = join(folder, "state");
  const file = readdirSync(state, { recursive: true, encoding: "utf8" }).find(
    (path) => /[\\/]d1[\\/].*\.sqlite$/.test(path) && !path.endsWith("metadata.sqlite"),
  );
  if (file === undefined) throw new Error("workerd has made no database");
  return new Database(join(state, file));
}

/** Changes the database while no workerd has it open. */
function meanwhile<T>(folder: string, work: (connection: Database.Database) => T): T {
  const connection = openState(folder);
  try {
    return work(connection);
  } finally {
    connection.close();
  }
}

async function api<T>(worker: LocalWorker, path: string, init: { method?: string; json?: unknown } = {}): Promise<T> {
  const answer = await fetch(`${worker.url}/api/${path}`, {
    method: init.method ?? (init.json === undefined ? "GET" : "POST"),
    headers: { authorization: `Bearer ${worker.token}`, "content-type": "application/json" },
    ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
  });
  const body = (await answer.json()) as T;
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`);
  return body;
}

/** Asks until it is so. What it waits for happens in other processes, and comes or never comes. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come`);
}

interface Status {
  readonly issue: { readonly status: string };
  readonly sums: object;
}

const issue = "---\nnewsletter: tide\nslug: one\nsubject: Low water\n---\n\nThe ferry was late.\n";

test.each(Array.from({ length: installations }, (_, seed) => seed))(
  "workerd killed in the middle of an issue: each reader gets one mail (installation %i)",
  { timeout: 240_000 },
  async (seed) => {
    const roll = dice(seed);
    const folder = scratchFolder("worker-crash");
    await using fake = Object.assign(await startFakeResend({ apiKey: "re_crash", domains: ["courier.example"] }), {
      [Symbol.asyncDispose]: () => fake.stop(),
    });
    const start = async () => {
      const settings = {
        TIDINGS_PROVIDER: "resend",
        TIDINGS_LOG: "silent",
        RESEND_API_KEY: "re_crash",
        RESEND_BASE_URL: fake.url,
      };
      return startWorker({ folder, port: (await freePort(0)) ?? 0, settings });
    };

    let worker = await start();
    try {
      await api(worker, "instance", {
        method: "PATCH",
        json: { operator: "Courier", postalAddress: "4 Quay", privacyUrl: "https://courier.example/p" },
      });
      const from = { senderName: "The Courier", senderAddress: "tide@courier.example" };
      await api(worker, "newsletters", { json: { slug: "tide", name: "The Tide", pitch: "Water.", ...from } });
      await worker.kill();
      meanwhile(folder, (connection) => seedReaders(connection, 1, readers, Date.now() - lease));

      for (const [nth, strike] of strikes.slice(0, rounds === 0 ? 1 : strikes.length).entries()) {
        // As long as none was answered, nobody knows the pace, and no second call leaves: a struck one is waited for alone.
        const calls = (await fake.counts()).requests + 1 + (strike === null ? roll(3) : 0);
        worker = await start();
        if (nth === 0) {
          const at = Date.now();
          await api(worker, "issues", { method: "PUT", json: { source: issue } });
          await api(worker, "issues/tide/one/send", { json: { expect: readers, asOf: at } });
        }
        if (strike !== null) await fake.fault(strike);
        await worker.lookAgain();
        await until("the call", async () => (await fake.counts()).requests >= calls);
        await worker.kill();
        await fake.calm();
        // The clock goes on while nobody runs: leases end. A call in doubt is not older than its key.
        meanwhile(folder, (connection) =>
          connection.exec(`update batches set due_at = due_at - ${2 * lease} where state in ('planned', 'claimed')`),
        );
      }

      worker = await start();
      await worker.lookAgain();
      await until("the end", async () => {
        const { issue: now } = await api<Status>(worker, "issues/tide/one");
        return now.status === "sent";
      });
      const { sums } = await api<Status>(worker, "issues/tide/one");
      expect(sums).toMatchObject({ planned: readers, accepted: readers, open: 0, inDoubt: 0 });
    } finally {
      await worker.kill();
    }
    const { perRecipient } = await fake.ledger();
    expect(Object.keys(perRecipient)).toHaveLength(readers);
    expect(Object.values(perRecipient).filter((count) => count !== 1)).toEqual([]);
    expect((await fake.counts()).conflicts).toBe(0);
  },
);
