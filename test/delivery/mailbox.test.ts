import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { type Claim, claimNotices } from "../../src/delivery/claim.ts";
import { waitNoLonger } from "../../src/delivery/clock.ts";
import { areNoticesDue } from "../../src/delivery/due.ts";
import { nextDue, noticesOf } from "../../src/delivery/find.ts";
import { coolDown } from "../../src/delivery/mailbox.ts";
import { postpone, settleAccepted, settleEmpty, settleFailed, settleInDoubt } from "../../src/delivery/settle.ts";
import { type Ledger, openLedger, seedReaders } from "./ledger.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

async function open(): Promise<Ledger> {
  const ledger = await openLedger();
  seedReaders(ledger.connection, ledger.newsletter, 20, ledger.clock.now - day);
  return ledger;
}

/** Owes a reader a mail that is due now; returns its id. */
function owe({ connection, clock }: Ledger, reader: number, mailbox: string | null, more: { lasts?: number } = {}) {
  const { lasts = 100 * day } = more;
  const { lastInsertRowid } = connection
    .prepare(
      `insert into notices (kind, subscriber, items, created_at, expires_at, due_at, mailbox)
       values ('reminder', ?, '[[1,1]]', ?, ?, ?, ?)`,
    )
    .run(reader, clock.now, clock.now + lasts, clock.now, mailbox);
  return Number(lastInsertRowid);
}

async function claimed({ ctx }: Ledger, most = 100): Promise<{ claim: Claim; ids: number[] } | null> {
  const claim = await claimNotices(ctx, most);
  if (claim === null) return null;
  return { claim, ids: (await noticesOf(ctx, claim.id)).map(({ id }) => id) };
}

/** Claims and settles what may leave now, until nothing may; the ids in their order. */
async function pay(ledger: Ledger): Promise<number[]> {
  const paid: number[] = [];
  for (let one = await claimed(ledger); one !== null; one = await claimed(ledger)) {
    await settleAccepted(ledger.ctx, one.claim, []);
    paid.push(...one.ids);
  }
  return paid;
}

describe("mails to one mailbox (DOI-22)", () => {
  test("leave one at a time, however many have been due for however long, and hold up no others", async () => {
    const ledger = await open();
    const first = owe(ledger, 1, "a");
    const second = owe(ledger, 2, "a");
    const other = owe(ledger, 3, "b");
    const third = owe(ledger, 1, "a");
    const own = [owe(ledger, 1, null), owe(ledger, 1, null)];
    ledger.clock.now += day;
    expect(await pay(ledger)).toEqual([first, other, ...own]);
    ledger.clock.now += coolDown.gap - 1;
    expect(await pay(ledger)).toEqual([]);
    ledger.clock.now += 1;
    expect(await pay(ledger)).toEqual([second]);
    ledger.clock.now += coolDown.gap;
    expect(await pay(ledger)).toEqual([third]);
  });

  test("wait while one is under way, in whoever's hands, and as long behind one that is in doubt", async () => {
    const ledger = await open();
    const { ctx, clock } = ledger;
    owe(ledger, 1, "a");
    const second = owe(ledger, 2, "a");
    const one = await claimed(ledger);
    if (one === null) throw new Error("nothing was due");
    expect(await claimed(ledger)).toBeNull();
    await postpone(ctx, one.claim, { dueAt: clock.now + day, reason: "down", burns: true, thaw: false });
    clock.now += 3 * coolDown.gap;
    expect(await claimed(ledger)).toBeNull();
    clock.now += day;
    const again = await claimed(ledger);
    expect(again?.ids).toEqual(one.ids);
    if (again === null) throw new Error("it was not taken up again");
    await settleInDoubt(ctx, again.claim, "nobody knows");
    clock.now += coolDown.gap - 1;
    expect(await claimed(ledger)).toBeNull();
    clock.now += 1;
    expect((await claimed(ledger))?.ids).toEqual([second]);
  });

  test("wait for none that surely did not leave", async () => {
    const ledger = await open();
    const { ctx, clock, connection } = ledger;
    const ends = [
      (claim: Claim) => settleFailed(ctx, claim, "no such mailbox"),
      async (claim: Claim) => {
        connection.prepare("update notices set state = 'skipped' where batch = ?").run(claim.id);
        await settleEmpty(ctx, claim);
      },
    ];
    for (const end of ends) {
      const id = owe(ledger, 1, "a");
      const one = await claimed(ledger);
      expect(one?.ids).toEqual([id]);
      if (one !== null) await end(one.claim);
      clock.now += 1;
    }
    expect(await pay(ledger)).toHaveLength(0);
    const last = owe(ledger, 2, "a");
    expect(await pay(ledger)).toEqual([last]);
  });

  test("are three in a day and five in thirty days at most, by when they left and not when they were due", async () => {
    const ledger = await open();
    const { clock } = ledger;
    for (let n = 0; n < 8; n += 1) owe(ledger, n + 1, "a");
    clock.now += 2 * day;
    const start = clock.now;
    const left: number[] = [];
    for (; clock.now < start + 31 * day; clock.now += 10 * minute) {
      if ((await pay(ledger)).length > 0) left.push((clock.now - start) / minute);
    }
    const days = (n: number) => n * 24 * 60;
    expect(left).toEqual([0, 10, 20, days(1), days(1) + 10, days(30), days(30) + 10, days(30) + 20]);
  });

  test("that have to wait are looked at again when their time has come, and not before", async () => {
    const ledger = await open();
    const { ctx, clock } = ledger;
    const start = clock.now;
    for (const reader of [1, 2, 3]) owe(ledger, reader, "a");
    expect(await pay(ledger)).toHaveLength(1);
    expect(await areNoticesDue(ctx)).toBe(false);
    expect(await nextDue(ctx)).toBe(start + coolDown.gap);
    clock.now = start + coolDown.gap;
    expect(await pay(ledger)).toHaveLength(1);
    expect(await nextDue(ctx)).toBe(start + 2 * coolDown.gap);
  });

  test("that would have expired by then never leave, and say why", async () => {
    const ledger = await open();
    const { connection, clock, ctx } = ledger;
    owe(ledger, 1, "a");
    const late = owe(ledger, 2, "a", { lasts: coolDown.gap });
    expect(await pay(ledger)).toHaveLength(1);
    expect(connection.prepare("select state, reason from notices where id = ?").get(late)).toEqual({
      state: "skipped",
      reason: "cool-down",
    });
    clock.now += day;
    expect(await areNoticesDue(ctx)).toBe(false);
  });

  test("that wait at the head of the queue let the others pass", async () => {
    const ledger = await open();
    owe(ledger, 1, "a");
    expect((await claimed(ledger, 2))?.ids).toHaveLength(1);
    for (let n = 0; n < 5; n += 1) owe(ledger, 2, "a");
    const other = owe(ledger, 3, "b");
    expect((await claimed(ledger, 2))?.ids).toEqual([other]);
  });

  test("do not wait for times that only a wrong clock knew", async () => {
    const ledger = await open();
    const { ctx, clock } = ledger;
    clock.now += 300 * day;
    owe(ledger, 1, "a");
    expect(await pay(ledger)).toHaveLength(1);
    clock.now -= 300 * day;
    await ctx.store.commit(...waitNoLonger(clock.now, sql`true`));
    const next = owe(ledger, 2, "a");
    expect(await pay(ledger)).toEqual([]);
    clock.now += coolDown.gap;
    expect(await pay(ledger)).toEqual([next]);
  });
});
