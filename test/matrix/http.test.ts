import { describe, expect, test } from "vitest";
import type { FakeRequest } from "../fakes/resend/control.ts";
import { drain, type Stand, standOf } from "./course.ts";
import { openRig } from "./rig.ts";
import { type HttpWay, type Row, rows, slow } from "./rows.ts";

const readers = 6;
const first = "reader1@post.tld";
const perCall = { single: 1, strict: 3, permissive: 3 } as const;
const httpWays = ["single", "strict", "permissive"] as const;

const { outside, issues } = await openRig(readers);

/** Whether the fault has struck, and the mail was taken in where it is to be. */
async function hasMet({ accept }: Row["fault"]): Promise<boolean> {
  const { resend } = outside;
  if ((await resend.faultsLeft()).length > 0) return false;
  return !accept || (await resend.ledger()).perRecipient[first] !== undefined;
}

/** An issue whose first call meets the fault, at rest before anything was waited for or mended. */
async function meet(way: HttpWay, name: string, { fault }: Row): Promise<number> {
  await outside.reset();
  issues.leaveBy(
    slow.includes(name) ? outside.impatient(way, { has: first, isOver: () => hasMet(fault) }) : outside.way(way),
    3,
  );
  const { early } = fault;
  await outside.resend.fault(early ? fault : { ...fault, match: { to: first } });
  const issue = await issues.begin();
  await drain(issues);
  return issue;
}

/** How it stands then. */
function meanwhile(way: HttpWay, { fate, reached = false }: Row): Partial<Stand> {
  const met = perCall[way];
  const rest = readers - met;
  switch (fate) {
    case "again":
      return { status: "sending", accepted: rest, open: met, reached: reached ? readers : rest, exit: 4 };
    case "waits":
      return { status: "sending", accepted: 0, open: readers, reached: 0, exit: 4 };
    case "stops":
      return { status: "paused", accepted: 0, open: readers, reached: 0, exit: 4 };
    case "doubt":
      return { status: "incomplete", accepted: rest, inDoubt: met, open: 0, reached: rest, exit: 4 };
    case "refused":
      return way === "single"
        ? { status: "sent", accepted: rest, failed: 1, open: 0, reached: rest, exit: 4 }
        : { status: "sent", accepted: readers, failed: 0, open: 0, reached: readers, exit: 0 };
  }
}

/** How it ends, and the most calls it may take. */
function atLast(way: HttpWay, row: Row): { stand: Stand; calls: number } {
  const whole = { status: "sent", accepted: readers, failed: 0, inDoubt: 0, open: 0, reached: readers, exit: 0 };
  const calls = readers / perCall[way];
  if (row.fate === "refused") {
    const stand =
      way === "single" ? { ...whole, accepted: readers - 1, failed: 1, reached: readers - 1, exit: 4 } : whole;
    return { stand, calls: way === "single" ? calls : calls + 2 };
  }
  if (row.fate !== "doubt") return { stand: whole, calls: calls + 1 };
  const met = perCall[way];
  const stand = {
    ...whole,
    status: "incomplete",
    accepted: readers - met,
    inDoubt: met,
    reached: readers - met,
    exit: 4,
  };
  return { stand, calls };
}

function callsOf(requests: readonly FakeRequest[]): FakeRequest[] {
  return requests.filter(({ path }) => path.startsWith("/emails"));
}

describe.each(httpWays)("Resend, %s", (way) => {
  test.each(Object.entries(rows))("%s", async (name, row) => {
    const issue = await meet(way, name, row);
    expect(await standOf(issues, outside, way, issue)).toMatchObject(meanwhile(way, row));
    issues.leaveBy(outside.way(way), 3);
    await outside.resend.calm();
    if ((await issues.status(issue)).issue.status === "paused") await issues.resume(issue);
    await issues.finish();
    const last = atLast(way, row);
    expect(await standOf(issues, outside, way, issue)).toEqual(last.stand);
    const calls = callsOf(await outside.resend.requests());
    expect(calls.length).toBeLessThanOrEqual(last.calls);
    expect((await outside.resend.counts()).conflicts).toBe(0);
    expect(new Set(calls.map(({ path }) => path))).toEqual(new Set([way === "single" ? "/emails" : "/emails/batch"]));
  });
});
