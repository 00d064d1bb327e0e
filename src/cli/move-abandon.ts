import { AppError } from "../errors.ts";
import { isReleased } from "../transfer/fit.ts";
import { type Course, compareTable, steadily } from "./move-copy.ts";
import { giveUp, type Standing } from "./move-run.ts";
import { reply } from "./reply.ts";

/** What readers and editors write: were any of it new at the target, giving up would lose it. */
const written = ["newsletters", "subscribers", "subscriptions", "consents", "suppressions", "issues"];

/**
 * Gives a move up, so that the source mails and answers again. Throws `conflict` where the target has been released, or has taken
 * anything in since it took over.
 */
export async function abandonAll(course: Course, { source, target }: Standing): Promise<void> {
  if (isReleased(source, target)) {
    throw new AppError(
      "conflict",
      `${course.target.name} has taken over and has been released: the move cannot be given up.`,
      {
        hint: "To go back, move back: make a fresh installation and move there.",
      },
    );
  }
  if (target.move?.phase === "done") await requireUntouched(course);
  await giveUp(course);
}

/** The target is shut before it is compared, so that nothing can come in between. */
async function requireUntouched(course: Course): Promise<void> {
  const json = { id: course.id };
  await steadily(course, () => reply(course.target.api.transfer.abandon.$post({ json })));
  for (const table of written) {
    const compared = await compareTable(course, table);
    if (compared.written === 0) continue;
    await steadily(course, () => reply(course.target.api.transfer.finish.$post({ json })));
    throw new AppError("conflict", `${course.target.name} has taken over, and ${table} have changed there since.`, {
      hint: "Giving up now would lose that. Release it there: tidings instance release. To go back, move back.",
    });
  }
}
