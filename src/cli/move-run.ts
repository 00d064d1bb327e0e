import { AppError } from "../errors.ts";
import { type End, isReleased, type Misfit, misfitOfDoubt, misfits } from "../transfer/fit.ts";
import { freightNames } from "../transfer/tables.ts";
import { type Compared, type Course, copyAll, type Side, settleTable, steadily } from "./move-copy.ts";
import { reply } from "./reply.ts";

/** Both ends as they tell of themselves, and how far a move between them is. */
export interface Standing {
  readonly source: Told;
  readonly target: Told;
}

/** An end with what only the API adds. */
export type Told = End & { readonly sequences: readonly { readonly table: string; readonly last: number }[] };

/** Looks at both ends. */
export async function look(course: Pick<Course, "check" | "pause" | "source" | "target">): Promise<Standing> {
  const view = (side: Side) => steadily(course, () => reply(side.api.transfer.$get({ query: {} })));
  return { source: await view(course.source), target: await view(course.target) };
}

/** The move that these two ends are in, if any. Throws `conflict` where either is in a move with somebody else. */
export function movingAlready({ source, target }: Standing): string | null {
  const [from, to] = [source.move, target.move];
  const isOwn = from === null || (from.role === "source" && (to?.id === from.id || isReleased(source, target)));
  if (!isOwn) throw stranger("source", from);
  if (from !== null) return from.id;
  if (to === null || to.phase === "abandoned") return null;
  if (to.role === "target" && to.phase === "copying" && to.uid === source.uid) return to.id;
  throw stranger("target", to);
}

function stranger(which: string, move: NonNullable<End["move"]>): AppError {
  const what =
    move.role === "source" ? `moves, or has moved, to ${move.peer}` : `takes, or has taken, over ${move.peer}`;
  return new AppError("conflict", `The ${which} ${what}, and the other end knows nothing of that.`, {
    hint: "Name both ends of that move to go on with it. If its target is gone for good: --abandon --without-target.",
  });
}

/** Throws everything that stands in the way of a move that has not begun. */
export function requireFit({ source, target }: Standing): void {
  const found: Misfit[] = isSame(source, target) ? [sameInstallation] : misfits(source, target);
  const [first] = found;
  if (first === undefined) return;
  const more = found.slice(1).map(({ message, hint }) => `${message} ${hint}`);
  throw new AppError("preflight", [first.message, ...more].join("\n"), { hint: first.hint, faults: found });
}

function isSame(source: End, target: End): boolean {
  return source.uid === target.uid && target.move === null;
}

const sameInstallation: Misfit = {
  message: "Both ends are the same installation.",
  hint: "If the target has taken over and been released, the move is done. Otherwise name another target.",
};

/** How long claimed batches may take to come to an end, in looks and ms between them: longer than any lease. */
const waits = { looks: 45, ms: 2_000 };

/**
 * Moves everything, or goes on where it was: nothing is mailed from either side, the source answers readers until the last pass, and
 * at the end both sides hold the same. Throws what stands in the way; then nothing is lost, and the same call goes on.
 */
export async function moveAll(
  course: Course,
  standing: Standing,
  tell: (words: string) => void,
): Promise<Compared[] | null> {
  const { source, target } = standing;
  if (isReleased(source, target)) {
    await end(course, "source");
    return null;
  }
  if (target.move?.phase !== "done") {
    await begin(course, standing);
    await landBatches(course, source, tell);
    if (source.move?.phase !== "closed") {
      tell("Copying while the source goes on to answer readers.");
      await copyAll(course);
    }
    tell("The source is closed now: its readers are asked to come back in a moment.");
    await steadily(course, () => reply(course.source.api.transfer.close.$post({ json: { id: course.id } })));
  }
  const tables = target.move?.phase === "done" ? null : await settleAll(course);
  const { sequences } = (await look(course)).source;
  await steadily(course, () =>
    reply(course.target.api.transfer.finish.$post({ json: { id: course.id, sequences: [...sequences] } })),
  );
  await end(course, "source");
  return tables;
}

async function settleAll(course: Course): Promise<Compared[]> {
  const tables: Compared[] = [];
  for (const name of freightNames) tables.push(await settleTable(course, name));
  return tables;
}

/** The target first: a source in a move that no target knows of could not be told from one that goes elsewhere. */
async function begin(course: Course, { source, target }: Standing): Promise<void> {
  const common = {
    id: course.id,
    uid: source.uid,
    schema: [...source.schema],
    knownKeys: source.knownKeys.map(([id, print]): [number, string] => [id, print]),
    tokens: [...target.tokens],
  };
  const call = (side: "source" | "target", peer: string) =>
    steadily(course, () => reply(course[side].api.transfer.begin.$post({ json: { ...common, role: side, peer } })));
  await call("target", course.source.name);
  await call("source", course.target.name);
}

/** Waits for the batches that were claimed before the hold: their answers must be noted before anything is copied for good. */
async function landBatches(course: Course, before: Told, tell: (words: string) => void): Promise<void> {
  if (before.move?.phase === "closed") return;
  for (let looks = 0; looks < waits.looks; looks += 1) {
    const { inFlight, unanswered } = (await look(course)).source;
    if (inFlight === 0 && unanswered === 0) return;
    if (inFlight === 0) {
      const { message, hint } = misfitOfDoubt(unanswered);
      await giveUp(course);
      throw new AppError("preflight", message, { hint: `${hint} The move was given up until then.` });
    }
    if (looks === 0) tell("Waiting for mails in flight to be answered.");
    await course.pause(waits.ms);
  }
  throw new AppError("unavailable", "Mails are in flight at the source for longer than they may be.", {
    hint: "Look at the log of its server. The same command goes on; tidings move --abandon gives it up.",
  });
}

async function end(course: Course, side: "source" | "target"): Promise<void> {
  await steadily(course, () => reply(course[side].api.transfer.finish.$post({ json: { id: course.id } })));
}

/** Gives a move up at both ends, the target first, so that no moment has two that could mail. */
export async function giveUp(course: Pick<Course, "id" | "source" | "target" | "check" | "pause">): Promise<void> {
  for (const side of ["target", "source"] as const) {
    await steadily(course, () => reply(course[side].api.transfer.abandon.$post({ json: { id: course.id } })));
  }
}
