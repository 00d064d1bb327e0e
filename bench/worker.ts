// An issue to so many readers by Tidings on a local workerd with D1 and Queues: node bench/worker.ts [--readers 100000]
// [--latency 0]. Tells what Cloudflare would count: statements, rows, invocations, processor time.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startWorker } from "../examples/worker/local.ts";
import { startChild } from "./children.ts";
import { longIssue, makeFolder } from "./newsroom.ts";
import { figure, printHead, printTable, readFlags } from "./report.ts";

interface Counts {
  readonly statements: number;
  readonly calls: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly invocations: number;
  readonly mostStatements: number;
  readonly databaseMs: number;
}

const { readers, latency } = readFlags({ readers: 100_000, latency: 0 }, ["latency"]);
const { folder, remove } = makeFolder();
const sink = await startChild("sink.ts", [String(latency)]);
const worker = await startWorker({
  folder,
  port: (await freePort(0)) ?? 0,
  config: fileURLToPath(new URL("worker/wrangler.toml", import.meta.url)),
  settings: {
    TIDINGS_PROVIDER: "resend",
    TIDINGS_LOG: "silent",
    RESEND_API_KEY: "re_bench",
    RESEND_BASE_URL: sink.line,
  },
});
const { url: base, token } = worker;
const started = processorTime(worker.group);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${base}${path}`, { method: "POST", ...init });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
  return (await answer.json()) as T;
}

/** Processor seconds of all workerd processes of a process group. */
function processorTime(group: number): number {
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [head = "", tail = ""] = readFileSync(join("/proc", pid, "stat"), "utf8").split(/\) /);
      const fields = tail.split(" ");
      if (head.includes("workerd") && Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

async function admin(path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  await ask(path, { headers, body: JSON.stringify(body), method: path === "/api/instance" ? "PATCH" : "POST" });
}

/** One of something, and what D1 counts for it. */
async function count(what: string, times: number, work: (nth: number) => Promise<void>): Promise<string[]> {
  await work(0);
  await pause(3_000);
  await ask("/bench/counts");
  const used = processorTime(worker.group);
  for (let nth = 1; nth <= times; nth += 1) await work(nth);
  await pause(3_000);
  return row(what, await ask<Counts>("/bench/counts"), { by: times, cpu: processorTime(worker.group) - used });
}

function row(what: string, counts: Counts, { by, cpu }: { by: number; cpu: number }): string[] {
  const { statements, rowsRead, rowsWritten, databaseMs } = counts;
  return [what, ...[statements, rowsRead, rowsWritten, databaseMs, cpu * 1_000].map((n) => figure(n / by))];
}

try {
  printHead("worker");
  await admin("/api/instance", {
    operator: "Harbour Courier",
    postalAddress: "14 Ropewalk",
    privacyUrl: "https://harbourcourier.example/privacy",
  });
  await admin("/api/newsletters", {
    slug: "morning",
    name: "Morning Tide",
    pitch: "News of the harbour.",
    frequency: "Daily",
    senderName: "Morning Tide",
    senderAddress: "morning@harbourcourier.example",
  });
  const rows = [["what D1 counts for one", "statements", "rows read", "rows written", "ms in D1", "ms of processor"]];
  rows.push(
    await count("page of all newsletters", 200, async () => {
      await (await fetch(base)).text();
    }),
    await count("sign-up with its mail", 200, async (nth) => {
      const body = new URLSearchParams({ email: `new${nth}@post.tld`, newsletter: "morning" });
      const answer = await fetch(`${base}/subscribe`, { method: "POST", body, redirect: "manual" });
      if (answer.status !== 303) throw new Error(`a sign-up was answered ${answer.status}`);
    }),
  );
  const slice = 50_000;
  for (let first = 1_000; first < 1_000 + readers; first += slice) {
    await ask(`/bench/seed?first=${first}&last=${Math.min(first + slice, 1_000 + readers) - 1}`);
  }
  await fetch(`${sink.line}/counts`);
  await ask("/bench/counts");
  const used = processorTime(worker.group);
  const begun = performance.now();
  await ask("/bench/send", { body: longIssue("issue") });
  let planned = 0;
  for (;;) {
    const [issue] = await ask<{ status: string; planned: number | null }[]>("/bench/state");
    if (issue?.planned != null && planned === 0) planned = performance.now();
    if (issue?.status === "sent") break;
    if (issue?.status !== "sending") throw new Error(`the issue is ${issue?.status}`);
    await pause(500);
  }
  const seconds = (performance.now() - begun) / 1_000;
  const cpu = processorTime(worker.group) - used;
  const seen = (await (await fetch(`${sink.line}/counts`)).json()) as { mails: number };
  if (seen.mails !== readers) throw new Error(`the sink has ${seen.mails} mails for ${readers} readers`);
  const counts = await ask<Counts>("/bench/counts");
  rows.push(
    row("mail of an issue", counts, { by: readers, cpu }),
    row("batch of 100 of them", counts, { by: readers / 100, cpu }),
  );
  printTable(rows);
  console.log(`  ${readers.toLocaleString("en")} mails in ${figure(seconds)} s: ${figure(readers / seconds)} a second`);
  console.log(`  Invocations for the queue: ${counts.invocations}; most statements in one: ${counts.mostStatements}`);
  console.log(`  From the start of workerd to its first answer: ${figure(started * 1_000)} ms of processor time`);
} finally {
  await worker.stop();
  await sink.stop();
  remove();
}
