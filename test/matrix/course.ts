import { expect } from "vitest";
import { sentOutcome } from "../../src/cli/send-outcome.ts";
import { openWork } from "../../src/delivery/find.ts";
import { turn } from "../../src/jobs.ts";
import type { Issues } from "./issues.ts";
import type { Outside, Way } from "./ways.ts";

/** How an issue to six readers stands, by its own sums and by the far side's ledger. */
export interface Stand {
  readonly status: string;
  readonly accepted: number;
  readonly failed: number;
  readonly inDoubt: number;
  readonly open: number;
  /** Readers who have got the mail. */
  readonly reached: number;
  /** Of the command that sent it. */
  readonly exit: number;
}

/** Takes turns until nothing is due at this clock. */
export async function drain({ ctx }: Issues): Promise<void> {
  for (let turns = 0; turns < 500; turns += 1) if (!(await turn(ctx))) return;
  throw new Error("500 turns at one instant have not come to rest");
}

/** Looks at an issue; throws where anyone has got it twice, or where the sums do not add up. */
export async function standOf(issues: Issues, outside: Outside, way: Way, issue: number): Promise<Stand> {
  const status = await issues.status(issue);
  const { accepted, failed, inDoubt, open, planned, skipped } = status.sums;
  issues.assertSound();
  expect(accepted + failed + inDoubt + open + skipped, "the sums").toBe(planned);
  const taken = await outside.taken(way);
  expect(
    Object.entries(taken).filter(([, mails]) => mails !== 1),
    "mailed more than once",
  ).toEqual([]);
  const place = { publicUrl: "https://letters.example", provider: "resend", server: null } as const;
  const { exit = 0 } = sentOutcome({ ...status, work: await openWork(issues.ctx, issue) }, place);
  return { status: status.issue.status, accepted, failed, inDoubt, open, reached: Object.keys(taken).length, exit };
}
