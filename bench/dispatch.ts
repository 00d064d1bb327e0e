// Dispatch of an issue through the Resend way out: node bench/dispatch.ts [--readers 20000] [--rounds 3] [--latency 0]
// [--parallel 8]. `npm run bench` takes several sizes and latencies.
import { startChild } from "./children.ts";
import { compete } from "./dispatch-run.ts";
import { printHead, readFlags } from "./report.ts";

const perBatch = 100;
const given = readFlags({ readers: 20_000, rounds: 3, latency: 0, parallel: 8 }, ["latency"]);
const { rounds, latency, parallel } = given;
/** Whole batches, so that all sides make the same calls. */
const readers = Math.ceil(given.readers / perBatch) * perBatch;
const sink = await startChild("sink.ts", [String(latency)]);
const waits = latency === 0 ? "" : `, each answered after ${latency} ms`;

printHead("dispatch");
await compete({
  what: `${readers.toLocaleString("en")} readers, ${parallel} calls at a time${waits}`,
  order: {
    settings: {
      TIDINGS_PROVIDER: "resend",
      RESEND_API_KEY: "re_bench",
      RESEND_BASE_URL: sink.line,
      TIDINGS_PARALLEL: String(parallel),
    },
    readers,
    parallel,
  },
  rounds,
  sides: [
    ["bare", "bare"],
    ["fetch", "bare, by fetch (undici)"],
    ["own", "Tidings"],
  ],
  counts: `${sink.line}/counts`,
  ceiling: latency === 0 ? null : (parallel * perBatch * 1_000) / latency,
});
await sink.stop();
