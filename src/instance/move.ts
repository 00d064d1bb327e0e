/** What an installation has to do with a move to another place; kept in its hold, so that nothing leaves meanwhile. */
export interface Move {
  /** The same at both ends. */
  readonly id: string;
  readonly role: "source" | "target";
  /**
   * copying: the source still answers readers, the target takes rows alone. closed: the source takes nothing more. done: the target
   * answers readers, the source never again. abandoned: a target that was given up, and takes nothing.
   */
  readonly phase: "copying" | "closed" | "done" | "abandoned";
  /** The other end, in words. */
  readonly peer: string;
  /** The source's uid. */
  readonly uid: string;
}

/** True while the ledger is in transit, or has gone: nobody may pay, count or clear away here. */
export function isMoving(hold: { readonly move?: Move | undefined } | null): boolean {
  const move = hold?.move;
  return move !== undefined && !(move.role === "target" && move.phase === "done");
}
