import fc from "fast-check";
import { expect, test } from "vitest";
import { checkLedger } from "../delivery/invariants.ts";
import type { Webhook } from "../fakes/resend/webhooks.ts";
import { minute } from "../world.ts";
import type { Office } from "./post.ts";
import {
  applyAll,
  countsOf,
  deliver,
  feedbackOf,
  openReported,
  type Said,
  suppressionsOf,
  webhookOf,
} from "./reported.ts";

const readers = 4;

const said = fc.record({
  reader: fc.integer({ min: 1, max: readers }),
  what: fc.constantFrom<Pick<Said, "kind" | "detail">>(
    { kind: "sent" },
    { kind: "delivered" },
    { kind: "delivery_delayed" },
    { kind: "opened" },
    { kind: "bounced" },
    { kind: "bounced", detail: { type: "Permanent", subType: "MessageTooLarge" } },
    { kind: "bounced", detail: { type: "Transient", subType: "MailboxFull" } },
    { kind: "complained" },
    { kind: "suppressed" },
    { kind: "suppressed", detail: { reason: "previous_complaint" } },
    { kind: "failed" },
  ),
});

/** One order of the reports, some twice, in commits of some size, with time going by between them. */
const order = (length: number) =>
  fc.record({
    places: fc.shuffledSubarray([...Array(length).keys(), ...Array(length).keys()], {
      minLength: 2 * length,
      maxLength: 2 * length,
    }),
    pauses: fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
  });

const story = fc
  .array(said, { minLength: 1, maxLength: 12 })
  .chain((reports) =>
    fc.record({ reports: fc.constant(reports), first: order(reports.length), second: order(reports.length) }),
  );

interface Way {
  readonly places: readonly number[];
  readonly pauses: Iterator<number>;
}

/** What all of them come to, each posted twice in this order. */
async function outcome(reports: readonly Said[], way: Way): Promise<unknown> {
  const office: Office = await openReported({ readers });
  await office.start();
  await office.finish();
  const webhooks: Webhook[] = [];
  for (const one of reports) webhooks.push(await webhookOf(office, one));
  for (const place of way.places) {
    const webhook = webhooks[place];
    if (webhook === undefined) throw new Error("no such place");
    expect(await deliver(office, webhook)).toBe(200);
    const pause = way.pauses.next().value;
    if (pause === 0) await applyAll(office);
    office.advance((pause * minute) / 100);
  }
  await applyAll(office);
  await checkLedger(office.connection, new Map([[1, readers]]));
  const states = await office.connection.prepare("select subscriber, state from deliveries order by subscriber").all();
  return {
    counts: await countsOf(office),
    feedback: await feedbackOf(office),
    suppressed: await suppressionsOf(office),
    states,
  };
}

test("reports come to the same in any order, however often each is repeated (SUP-06)", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ reports, first, second }) => {
      const list = reports.map(({ reader, what }, at) => ({ ...what, reader, id: `msg_${at}` }));
      const once = await outcome(list, { ...first, pauses: first.pauses[Symbol.iterator]() });
      const again = await outcome(list, { ...second, pauses: second.pauses[Symbol.iterator]() });
      expect(again).toEqual(once);
    }),
    { numRuns: 30 },
  );
}, 120_000);
