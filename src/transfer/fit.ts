import type { Move } from "../instance/move.ts";

/** An id of a key, and what tells its secret from another without showing it. */
export type KeyPrint = readonly [id: number, print: string];

/** One end of a move, as it tells of itself. */
export interface End {
  readonly uid: string;
  /** Names of the migrations that its database has seen, oldest first. */
  readonly schema: readonly string[];
  /** Keys that its links and hashes were made with. */
  readonly knownKeys: readonly KeyPrint[];
  /** Keys of its ring. */
  readonly ring: readonly KeyPrint[];
  /** Milliseconds UTC. */
  readonly now: number;
  readonly move: Move | null;
  /** Why its mails are held for another reason than a move; null where they are not. */
  readonly heldFor: string | null;
  /** True while nobody has signed up, written or sent anything there. */
  readonly isEmpty: boolean;
  /** Batches that a worker holds: they come to an end by themselves. */
  readonly inFlight: number;
  /** Batches that have left or not, nobody knows: their call had no answer, and is to be repeated. */
  readonly unanswered: number;
  /** SHA-256 of the admin tokens that it had before any move to it. */
  readonly tokens: readonly string[];
}

/** True where the target has taken over from this source and has been released: it is the installation now. */
export function isReleased(source: Pick<End, "uid" | "move">, target: Pick<End, "uid" | "move">): boolean {
  const { move } = source;
  const hasLeft = move?.role === "source" && (move.phase === "closed" || move.phase === "done");
  return hasLeft && target.uid === source.uid && target.move === null;
}

/** True for a target of a move that was given up, from the same installation: what is there came from it, and nobody has used it. */
export function isGivenUp({ move }: Pick<End, "move">, uid: string): boolean {
  return move !== null && move.role === "target" && move.phase === "abandoned" && move.uid === uid;
}

/** Why something cannot be moved, and what to do about it. */
export interface Misfit {
  readonly message: string;
  readonly hint: string;
}

/** Clocks further apart would take mails for overdue, or not due for long. */
const clockGrace = 10 * 60_000;

/** Both ends must run programs that know the same columns. */
export function misfitOfSchema(source: Pick<End, "schema">, target: Pick<End, "schema">): Misfit | null {
  const lacking = (a: readonly string[], b: readonly string[]) => a.filter((name) => !b.includes(name));
  const [here, there] = [lacking(source.schema, target.schema), lacking(target.schema, source.schema)];
  if (here.length === 0 && there.length === 0) return null;
  const parts = [
    ...(here.length === 0 ? [] : [`the source has ${here.join(", ")}, which the target lacks`]),
    ...(there.length === 0 ? [] : [`the target has ${there.join(", ")}, which the source lacks`]),
  ];
  return {
    message: `The two sides are of different versions: ${parts.join("; ")}.`,
    hint: "Bring both to the same version of Tidings, with its migrations applied, then move.",
  };
}

/** Links in mails already sent work at the target only with the keys that they were made with. */
export function misfitOfKeys(source: Pick<End, "knownKeys">, target: Pick<End, "ring">): Misfit | null {
  const lost = source.knownKeys.filter(([id, print]) => !target.ring.some(([own, its]) => own === id && its === print));
  if (lost.length === 0) return null;
  const ids = lost.map(([id]) => id).join(", ");
  return {
    message: `The target's key ring does not fit: key ${ids} of the source is missing there, or another.`,
    hint: "Give it the source's key ring first. A Worker: npx wrangler secret put TIDINGS_KEY_RING < data/keys. A machine: as data/keys, mode 0600.",
  };
}

/** What stands in the way of a move that has not begun, all of it. */
export function misfits(source: End, target: End): Misfit[] {
  const found = [misfitOfSchema(source, target), misfitOfKeys(source, target), misfitOfClocks(source, target)];
  if (source.heldFor !== null) {
    found.push({
      message: `Mails of the source are held: ${source.heldFor}`,
      hint: "Release them there first: tidings instance release",
    });
  }
  if (source.unanswered > 0) found.push(misfitOfDoubt(source.unanswered));
  if (!isGivenUp(target, source.uid) && (target.heldFor !== null || !target.isEmpty)) {
    const why = target.isEmpty
      ? `its mails are held: ${target.heldFor}`
      : "there are newsletters, readers or mails in it.";
    found.push({
      message: `The target must be a fresh installation, and this one is not: ${why}`,
      hint: "Make a new one, and name that. Nothing was changed.",
    });
  }
  return found.filter((one) => one !== null);
}

function misfitOfClocks(source: End, target: End): Misfit | null {
  if (Math.abs(source.now - target.now) <= clockGrace) return null;
  const minutes = Math.round(Math.abs(source.now - target.now) / 60_000);
  return { message: `The clocks of the two sides are ${minutes} minutes apart.`, hint: "Set the wrong one right." };
}

/** Of such a batch the same bytes must leave again, from where they may have left. */
export function misfitOfDoubt(batches: number): Misfit {
  return {
    message: `The source has had no answer for ${batches === 1 ? "a batch" : `${batches} batches`} of mails: nobody knows whether they have left.`,
    hint: "Let its server settle them first: it repeats the calls unchanged. tidings issue status shows when that is done.",
  };
}
