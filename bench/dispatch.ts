// Dispatch of an issue through the Resend way out: node bench/dispatch.ts [--readers 20000] [--rounds 3] [--latency 0]
// [--parallel 8]. `npm run bench` takes several sizes and latencies.
import { startChild } from "./children.ts";
import { type Measured, runSide } from "./dispatch-run.ts";
import { median } from "./measure.ts";
import { conclude, figure, printHead, printTable, ratioOf, readFlags } from "./report.ts";

const perBatch = 100;
const given = readFlags({ readers: 20_000, rounds: 3, latency: 0, parallel: 8 }, ["latency"]);
const { rounds, latency, parallel } = given;
/** Whole batches, so that all sides make the same calls. */
const readers = Math.ceil(given.readers / perBatch) * perBatch;
const sink = await startChild("sink.ts", [String(latency)]);
const sides = ["own", "bare", "fetch"] as const;
const runs: Record<(typeof sides)[number], Measured[]> = { own: [], bare: [], fetch: [] };

printHead("dispatch");
for (let round = 0; round < rounds; round += 1) {
  // In turn, so that a machine that slows down slows all of them.
  for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
    runs[side].push(await runSide("dispatch-side.ts", side, { url: sink.line, readers, parallel }));
  }
}
const rate = (side: (typeof sides)[number]) => median(runs[side].map(({ seconds }) => readers / seconds));
const own = rate("own");
const bare = rate("bare");
const row = (what: string, side: (typeof sides)[number]) => {
  const size = (runs[side][0]?.bytes ?? 0) / readers / 1_000;
  return [what, figure(rate(side)), `${figure(size)} kB`, ratioOf({ own: rate(side), bare })];
};
const waits = latency === 0 ? "" : `, each answered after ${latency} ms`;
printTable([
  [`${readers.toLocaleString("en")} readers, ${parallel} calls at a time${waits}`, "mails/s", "on the wire", "× bare"],
  row("bare", "bare"),
  row("bare, by fetch (undici)", "fetch"),
  row("Tidings", "own"),
]);
const most = (pick: (run: Measured) => number) => Math.max(...runs.own.map(pick));
console.log(`  Share of the bare posting rate: ${figure((100 * own) / bare)} %`);
if (latency > 0) {
  const limit = (parallel * perBatch * 1_000) / latency;
  console.log(`  Share of what ${parallel} calls at a time allow: ${figure((100 * own) / limit)} %`);
}
console.log(`  First mail after the word: ${figure(most(({ first }) => first))} ms`);
console.log(`  Processor time per 1,000 mails: ${figure((most(({ cpu }) => cpu) * 1_000_000) / readers)} ms`);
console.log(`  Peak memory (RSS): ${figure(most(({ peak }) => peak) / 1_000_000)} MB`);
conclude([
  { what: "dispatch", own, bare, measured: Math.min(...[...runs.own, ...runs.bare].map(({ seconds }) => seconds)) },
]);
await sink.stop();
