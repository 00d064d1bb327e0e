import { startChild } from "./children.ts";
import { median } from "./measure.ts";
import { conclude, figure, printTable, ratioOf } from "./report.ts";

/** What a side is told. */
export interface Order {
  /** Of the installation; they name the sink. */
  readonly settings: Readonly<Record<string, string>>;
  readonly readers: number;
  /** Calls or connections at a time. */
  readonly parallel: number;
}

/** What a side measured of itself. */
export interface Run {
  readonly seconds: number;
  /** Seconds of processor time, from the word to the last receipt. */
  readonly cpu: number;
  /** Most memory that the process held (RSS), in bytes. */
  readonly peak: number;
  /** Ms UTC of the word to send. */
  readonly said: number;
}

/** A run with what the sink saw of it. */
interface Measured extends Run {
  readonly bytes: number;
  /** Ms from the word to the first mail. */
  readonly first: number;
}

/** A comparison of ways to send the same issue, the first of which is the bare limit and the last of which is Tidings. */
export interface Contest {
  readonly what: string;
  readonly order: Order;
  readonly rounds: number;
  /** Names of sides, and what the table calls them. */
  readonly sides: readonly (readonly [side: string, title: string])[];
  /** Where the sink tells what it has got. */
  readonly counts: string;
  /** Mails a second that calls at a time and latency allow; null where nothing but the machine is the limit. */
  readonly ceiling: number | null;
}

/** Lets one side do its work once, in a process of its own. Throws unless the sink has got one mail for each reader. */
async function runSide({ order, counts }: Contest, side: string): Promise<Measured> {
  const child = await startChild("dispatch-side.ts", [side, JSON.stringify(order)]);
  await child.stop();
  const run = JSON.parse(child.line) as Run;
  const seen = (await (await fetch(counts)).json()) as { mails: number; bytes: number; first: number };
  if (seen.mails !== order.readers) throw new Error(`the sink has ${seen.mails} mails for ${order.readers} readers`);
  return { ...run, bytes: seen.bytes, first: seen.first - run.said };
}

/** Runs all sides in turn, so that a machine that slows down slows all of them, and prints what came of it. */
export async function compete(contest: Contest): Promise<void> {
  const { order, sides, rounds, ceiling } = contest;
  const { readers } = order;
  const runs = new Map<string, Measured[]>(sides.map(([side]) => [side, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [side] of round % 2 === 0 ? sides : sides.toReversed()) {
      runs.get(side)?.push(await runSide(contest, side));
    }
  }
  const rate = (side: string) => median((runs.get(side) ?? []).map(({ seconds }) => readers / seconds));
  const bare = rate(sides[0]?.[0] ?? "");
  const own = rate("own");
  printTable([
    [contest.what, "mails/s", "on the wire", "× bare"],
    ...sides.map(([side, title]) => {
      const size = (runs.get(side)?.[0]?.bytes ?? 0) / readers / 1_000;
      return [title, figure(rate(side)), `${figure(size)} kB`, ratioOf({ own: rate(side), bare })];
    }),
  ]);
  const ours = runs.get("own") ?? [];
  const most = (pick: (run: Measured) => number) => Math.max(...ours.map(pick));
  console.log(`  Share of the bare rate: ${figure((100 * own) / bare)} %`);
  if (ceiling !== null)
    console.log(`  Share of what latency and calls at a time allow: ${figure((100 * own) / ceiling)} %`);
  console.log(`  First mail after the word: ${figure(most(({ first }) => first))} ms`);
  console.log(`  Processor time per 1,000 mails: ${figure((most(({ cpu }) => cpu) * 1_000_000) / readers)} ms`);
  console.log(`  Peak memory (RSS): ${figure(most(({ peak }) => peak) / 1_000_000)} MB`);
  const measured = Math.min(...[...runs.values()].flat().map(({ seconds }) => seconds));
  conclude([{ what: "dispatch", own, bare, measured }]);
}
