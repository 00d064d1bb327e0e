import { afterAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { subscribe } from "../../src/subscription/subscribe.ts";
import { faults } from "../fakes/resend/faults.ts";
import { type Loss, openFrail } from "./engine.ts";
import { openRig } from "./rig.ts";

const readers = [1, 2, 3, 4].map((n) => `reader${n}@post.tld`);
const refused = "reader2@post.tld";

/** What the provider does to an issue's calls meanwhile, so that dispatch writes all that it ever writes. */
const courses = {
  "first a rate limit, then no answer, then a quota": [faults.rate429, faults.accepted502, faults.daily429],
  "a fault in the settings": [faults.invalidKey403],
  "a mail to refuse": [{ ...faults.oneBad422, times: 9, match: { to: refused } }],
} as const;

const { outside, issues } = await openRig(readers.length);
const frail = openFrail(issues.world.config.database);
Object.assign(issues.ctx, { store: frail.store });
afterAll(() => frail.close());
let people = 0;

/** Pays a new issue and a confirmation mail while the nth write goes wrong; null once there are fewer writes than that. */
async function play(nth: number, loss: Loss): Promise<{ issue: number; person: string } | null> {
  const issue = await issues.begin();
  people += 1;
  const person = `new${people}@post.tld`;
  await subscribe(issues.ctx, { email: person, newsletters: ["tide"], wording: "Yes, please." });
  frail.arm(nth, loss);
  for (let words = 0; words < 3; words += 1) {
    await issues.finish(pass);
    if ((await issues.status(issue)).issue.status !== "paused") break;
    await issues.resume(issue).catch(pass);
  }
  const struck = frail.struck();
  frail.arm(0, loss);
  issues.assertSound();
  return struck ? { issue, person } : null;
}

/** What a loop does: it says so and goes on (node/loop). */
function pass(fault: unknown): void {
  if (!(fault instanceof AppError) || !/^the (answer|write) was lost$/.test(fault.message)) throw fault;
}

describe.each(["answer", "write"] as const)("whichever %s of the database is lost", (loss) => {
  test.each(Object.keys(courses) as (keyof typeof courses)[])(
    "by Resend, which has %s: each mail leaves once",
    async (course) => {
      issues.leaveBy(outside.way("strict"), 2);
      const struck = course === "a mail to refuse" ? readers.filter((one) => one !== refused) : readers;
      let n = 0;
      for (; ; n += 1) {
        await outside.reset();
        await outside.resend.fault(...courses[course].map((one) => ({ ...one, match: { to: refused } })));
        const played = await play(n + 1, loss);
        if (played === null) break;
        const label = `write ${n + 1}`;
        const taken = await outside.taken("strict");
        const { issue, sums } = await issues.status(played.issue);
        if (sums.inDoubt > 0) {
          // A refusal that answers a repeat proves nothing about the first call (REL-06): all of that batch are listed.
          expect(course, label).toBe("a mail to refuse");
          expect(sums.inDoubt, label).toBeLessThanOrEqual(2);
          expect(sums, label).toMatchObject({ accepted: 4 - sums.inDoubt, failed: 0, open: 0 });
          const reached = [...struck, played.person].filter((one) => one in taken);
          expect(taken, label).toEqual(Object.fromEntries(reached.map((one) => [one, 1])));
          expect(reached, label).toHaveLength(sums.accepted + 1);
          expect(issue.status, label).toBe("incomplete");
          continue;
        }
        expect(taken, label).toEqual(Object.fromEntries([...struck, played.person].map((one) => [one, 1])));
        expect(sums, label).toMatchObject({ accepted: struck.length, failed: 4 - struck.length, open: 0 });
        expect(issue.status, label).toBe("sent");
      }
      expect((await outside.resend.counts()).conflicts).toBe(0);
      expect(n).toBeGreaterThan(10);
    },
  );

  test("by SMTP, with a reader refused and one put off: each mail leaves once or is in doubt on record", async () => {
    issues.leaveBy(outside.way("smtp"), 3);
    let n = 0;
    for (; ; n += 1) {
      await outside.reset();
      await outside.smtp.fault(
        { at: "rcpt", kind: "reply", to: "reader1@post.tld", text: "550 5.1.1 no such user", times: 9 },
        { at: "rcpt", kind: "reply", to: "reader2@post.tld", text: "451 4.7.1 greylisted" },
      );
      const played = await play(n + 1, loss);
      if (played === null) break;
      const taken = await outside.taken("smtp");
      const label = `write ${n + 1}: ${JSON.stringify(taken)}`;
      expect(new Set(Object.values(taken)), label).toEqual(new Set([1]));
      const { issue, sums } = await issues.status(played.issue);
      const reached = readers.filter((one) => one in taken).length;
      expect(sums, label).toMatchObject({ failed: 1, skipped: 0, open: 0 });
      expect(sums.accepted, label).toBeLessThanOrEqual(reached);
      expect(sums.accepted + sums.inDoubt, label).toBe(3);
      expect(sums.inDoubt, label).toBeLessThanOrEqual(1);
      expect(issue.status, label).toBe(sums.inDoubt === 0 ? "sent" : "incomplete");
    }
    expect(n).toBeGreaterThan(15);
  });
});
