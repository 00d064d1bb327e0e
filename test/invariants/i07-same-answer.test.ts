import { afterAll, beforeAll, expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { type CountingApp, countingApp } from "../world/counting.ts";
import { openWorld, type World } from "../world.ts";

// I7: the sign-up answer (status, body, headers, length, latency) does not depend on whether the address is known. What decides
// is counted: bytes, statements and written rows of 500 requests per class; the clock is only asked for gross differences.

const perClass = 500;
const classes = ["new", "active", "suppressed"] as const;
type Class = (typeof classes)[number];

let world: World;
let counting: CountingApp;
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.join("active@reader.example", "tides");
  await addSuppression(world.ctx, { address: "suppressed@reader.example", reason: "complaint" });
  counting = countingApp(world);
});
afterAll(() => {
  counting.close();
  world.close();
});

interface Sample {
  readonly seen: string;
  readonly statements: number;
  readonly rows: number;
  readonly ms: number;
}

async function ask(of: Class, at: number): Promise<Sample> {
  const email = of === "new" ? `new${String(at).padStart(7, "0")}@reader.example` : `${of}@reader.example`;
  const body = new URLSearchParams({ email, newsletter: "tides", name: "Ada" });
  counting.count();
  const began = performance.now();
  const answer = await counting.app.request("/subscribe", { method: "POST", body });
  const text = await answer.text();
  const ms = performance.now() - began;
  const { statements, rows } = counting.count();
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return { seen: `${answer.status}\n${headers}\n\n${text}`, statements: statements.length, rows, ms };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

test("500 sign-ups of every class, interleaved, are answered by the same bytes, statements and written rows (I7)", async () => {
  const samples = new Map<Class, Sample[]>(classes.map((of) => [of, []]));
  for (let at = 0; at < perClass; at += 1) {
    for (const of of classes) samples.get(of)?.push(await ask(of, at));
  }
  const alike = (sample: Sample) => `${sample.statements} statements, ${sample.rows} rows\n${sample.seen}`;
  const outcomes = classes.map((of) => [...new Set(samples.get(of)?.slice(1).map(alike))]);
  expect(outcomes[0]).toHaveLength(1);
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);

  const medians = classes.map((of) => median((samples.get(of) ?? []).map((sample) => sample.ms)));
  // DOI-20 allows 5 ms; requests that alternate share whatever else the machine is doing.
  expect(Math.max(...medians) - Math.min(...medians), `medians ${medians.join(", ")} ms`).toBeLessThan(5);
});
