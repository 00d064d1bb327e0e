import { expect, test } from "vitest";
import { standOf } from "./course.ts";
import { openRig } from "./rig.ts";
import type { Way } from "./ways.ts";

const { outside, issues } = await openRig(100);
// Resend takes no mail for this domain, whatever the batch (RULES §6.1).
issues.connection.exec("update subscribers set email = 'reader50@example.com' where id = 50");

/** Halving a hundred down to the one takes two calls a step. */
const most: Record<Way, number> = { single: 100, strict: 16, permissive: 1, smtp: 1 };

test.each(Object.entries(most) as [Way, number][])(
  "%s: one address of a hundred is refused, that reader fails, and the others get the mail, in %i calls at most",
  async (way, calls) => {
    await outside.reset();
    issues.leaveBy(outside.way(way));
    await outside.smtp.fault({
      at: "rcpt",
      kind: "reply",
      to: "reader50@example.com",
      text: "550 5.1.1 no such user",
      times: 100,
    });
    const issue = await issues.begin();
    await issues.finish();
    const stand = await standOf(issues, outside, way, issue);
    expect(stand).toEqual({ status: "sent", accepted: 99, failed: 1, inDoubt: 0, open: 0, reached: 99, exit: 4 });
    const { connections } = await outside.smtp.counts();
    const { requests } = await outside.resend.counts();
    expect(connections + requests).toBeLessThanOrEqual(calls);
    const own = issues.connection.prepare("select reason from deliveries where issue = ? and state = 'failed'");
    const whole = issues.connection.prepare("select error from batches where issue = ? and state = 'failed'");
    expect([...own.pluck().all(issue), ...whole.pluck().all(issue)]).toEqual([
      expect.stringMatching(way === "smtp" ? /no such user/ : /testing email address/),
    ]);
  },
);
