import type Database from "better-sqlite3";
import { expect, test } from "vitest";
import { claimIssueBatch, type IssueClaim, leaseMs } from "../../src/delivery/claim.ts";
import { sumDeliveries } from "../../src/delivery/find.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { holdIssueBatches } from "../../src/delivery/hold.ts";
import { postpone, settleAccepted, settleEmpty, settleFailed, settleInDoubt } from "../../src/delivery/settle.ts";
import { splitIssueBatch } from "../../src/delivery/split.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { erase } from "../../src/subscription/erase.ts";
import { withdraw } from "../../src/subscription/withdraw.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { dice } from "./dice.ts";
import { assertHoused, assertLedger } from "./invariants.ts";
import { type Ledger, openLedger, seedIssue, seedReaders } from "./ledger.ts";

const readers = 2_000;
const perBatch = 12;

/** A worker as the ledger knows it: what it claimed, and how far it has come. */
interface Worker {
  readonly claim: IssueClaim;
  readonly members: readonly number[];
  frozen: boolean;
}

interface Game {
  readonly ledger: Ledger;
  readonly roll: (below: number) => number;
  /** Workers that may still hold their lease. */
  held: Worker[];
  /** Workers whose batch was settled, put back, split, or taken over by somebody else. */
  readonly late: Worker[];
  /** Readers whose mail was accepted, by issue and id. */
  readonly accepted: Set<string>;
  /** Readers planned, by issue. */
  readonly owed: Map<number, number>;
}

/** How often each step had an effect, over all seeds. */
const done = new Map<string, number>();

test.each([20261122, 7, 31337])("sums and sizes hold after every one of 600 random steps (seed %i)", async (seed) => {
  const game = await begin(seed);
  for (let step = 0; step < 600; step += 1) {
    const name = pick(game, weighted);
    try {
      if (await steps[name](game)) done.set(name, (done.get(name) ?? 0) + 1);
      assertLedger(game.ledger.connection, game.owed);
    } catch (fault) {
      throw new Error(`seed ${seed}, step ${step}: ${name}`, { cause: fault });
    }
  }
  assertHoused(game.ledger.connection);
  await finish(game);
});

test("the random steps have been everywhere", () => {
  expect([...done.keys()].sort()).toEqual(Object.keys(steps).sort());
});

async function begin(seed: number): Promise<Game> {
  const ledger = await openLedger();
  seedReaders(ledger.connection, ledger.newsletter, readers, ledger.clock.now - 1);
  const small = { ...ledger.ctx.provider, limits: { members: perBatch, bytes: 1_000_000 } };
  const game: Game = {
    ledger: { ...ledger, ctx: { ...ledger.ctx, provider: small } },
    roll: dice(seed),
    held: [],
    late: [],
    accepted: new Set(),
    owed: new Map(),
  };
  await issue(game);
  return game;
}

function pick<Entry>({ roll }: Game, list: readonly Entry[]): Entry {
  const found = list[roll(list.length)];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
}

async function issue({ ledger, owed }: Game): Promise<boolean> {
  const { connection, newsletter, clock, ctx } = ledger;
  if (owed.size >= 3) return false;
  const id = seedIssue(connection, newsletter, clock.now, `issue-${owed.size}`);
  while (connection.prepare("select 1 from issues where planned_at is null").get() !== undefined) await planSlice(ctx);
  owed.set(
    id,
    connection.prepare<[number], { n: number }>("select count(*) n from deliveries where issue = ?").get(id)?.n ?? 0,
  );
  return true;
}

async function claim(game: Game): Promise<boolean> {
  const { ctx, connection } = game.ledger;
  const taken = await claimIssueBatch(ctx);
  if (taken === null) return false;
  const members = (JSON.parse(taken.members) as [number][]).map(([id]) => id);
  if (taken.payloadHash === null) {
    const barred = connection.prepare<[string], { subscriber: number }>(
      `select j.value subscriber from json_each(?) j where not exists (
         select 1 from subscriptions s join subscribers p on p.id = s.subscriber where s.subscriber = j.value and s.status = 'active'
           and not exists (select 1 from suppressions x where x.email_key = p.email_key))`,
    );
    expect(barred.all(JSON.stringify(members)), "readers claimed who left").toEqual([]);
  }
  for (const worker of game.held.filter((one) => one.claim.id === taken.id)) drop(game, worker);
  game.held.push({ claim: taken, members, frozen: taken.payloadHash !== null });
  return true;
}

function drop(game: Game, worker: Worker): void {
  game.held = game.held.filter((one) => one !== worker);
  game.late.push(worker);
}

/** A step of a worker that still holds its lease, after which it does no longer. */
function ending(
  fits: (worker: Worker) => boolean,
  act: (game: Game, worker: Worker) => Promise<unknown>,
): (game: Game) => Promise<boolean> {
  return async (game) => {
    const able = game.held.filter(fits);
    if (able.length === 0) return false;
    const worker = pick(game, able);
    await act(game, worker);
    drop(game, worker);
    return true;
  };
}

const fresh = (worker: Worker): boolean => worker.frozen && worker.claim.payloadHash === null;

const steps = {
  issue,
  claim,
  leave: async ({ ledger: { ctx, clock }, roll }: Game) => {
    const at = clock.now;
    await ctx.store.commit(...withdraw({ subscriber: 1 + roll(readers), newsletter: null, method: "page", at }));
    return true;
  },
  exodus: async ({ ledger: { connection }, roll }: Game) => {
    const next =
      "select first, last from batches where state = 'planned' and first is not null order by due_at, id limit 5";
    const range = connection.prepare<[], { first: number; last: number }>(next).all()[roll(5)];
    if (range === undefined) return false;
    connection
      .prepare("update subscriptions set status = 'unsubscribed' where subscriber between ? and ?")
      .run(range.first, range.last);
    return true;
  },
  suppress: async ({ ledger: { ctx }, roll }: Game) => {
    return (await addSuppression(ctx, { address: `reader${1 + roll(readers)}@post.tld` })).added;
  },
  unsuppress: async ({ ledger: { ctx, connection } }: Game) => {
    const row = connection.prepare("select email_key from suppressions where email_key is not null").get() as
      | { email_key: string }
      | undefined;
    if (row === undefined) return false;
    await removeSuppression(ctx, { address: row.email_key });
    return true;
  },
  erase: async ({ ledger: { ctx, connection }, roll }: Game) => {
    const row = connection
      .prepare<[number], { email: string }>("select email from subscribers where id > ? limit 1")
      .get(roll(readers));
    if (row === undefined) return false;
    await erase(ctx, { address: row.email });
    return true;
  },
  freeze: async (game: Game) => {
    const able = game.held.filter((worker) => !worker.frozen && worker.members.length > 0);
    if (able.length === 0) return false;
    const worker = pick(game, able);
    expect(await freeze(game.ledger.ctx, worker.claim, { hash: `hash of ${worker.claim.id}` })).toBe(true);
    worker.frozen = true;
    return true;
  },
  accept: ending(
    (worker) => worker.frozen,
    async (game, { claim: own, members }) => {
      for (const member of members) {
        const name = `${own.issue}/${member}`;
        expect(game.accepted.has(name), `${name} accepted twice`).toBe(false);
        game.accepted.add(name);
      }
      const receipt = members.map((member) => [member, "id"] as const);
      expect(await settleAccepted(game.ledger.ctx, own, receipt)).toBe(true);
    },
  ),
  empty: ending(
    (worker) => worker.members.length === 0,
    (game, worker) => settleEmpty(game.ledger.ctx, worker.claim),
  ),
  thaw: ending(fresh, (game, { claim: own }) => putBack(game, own, true)),
  unsure: ending(
    (worker) => worker.frozen,
    (game, { claim: own }) => putBack(game, own, false),
  ),
  split: ending(
    (worker) => fresh(worker) && worker.members.length > 1,
    (game, worker) => splitIssueBatch(game.ledger.ctx, worker.claim, worker.members),
  ),
  fail: ending(
    (worker) => fresh(worker) && worker.members.length === 1,
    (game, worker) => settleFailed(game.ledger.ctx, worker.claim, "no such mailbox"),
  ),
  doubt: ending(
    (worker) => worker.frozen,
    (game, worker) => settleInDoubt(game.ledger.ctx, worker.claim, "nobody knows"),
  ),
  some: ending((worker) => fresh(worker) && worker.members.length > 2, failSome),
  move: async ({ ledger: { connection } }: Game) => moveFailed(connection),
  expire: async ({ ledger: { clock } }: Game) => {
    clock.now += leaseMs + 1;
    return true;
  },
  hold: async ({ ledger: { ctx, clock } }: Game) => {
    await ctx.store.commit(holdIssueBatches(clock.now, clock.now + 500));
    clock.now += 250;
    return true;
  },
  late: async (game: Game) => {
    if (game.late.length === 0) return false;
    const worker = pick(game, game.late);
    const before = changes(game.ledger.connection);
    for (const write of lateWrites) await write(game, worker);
    expect(changes(game.ledger.connection), "rows written by a late holder").toBe(before);
    return true;
  },
};

type Step = keyof typeof steps;

const weights: Partial<Record<Step, number>> = {
  claim: 14,
  freeze: 10,
  accept: 4,
  split: 8,
  unsure: 2,
  leave: 3,
  late: 3,
};
const weighted = (Object.keys(steps) as Step[]).flatMap((name) => Array<Step>(weights[name] ?? 1).fill(name));

function putBack({ ledger: { ctx, clock }, roll }: Game, own: IssueClaim, thaw: boolean): Promise<boolean> {
  return postpone(ctx, own, { dueAt: clock.now + roll(1_000), reason: "later", burns: true, thaw });
}

/** A call that the provider accepted but for some of its mails: those get a state of their own, in the commit that settles. */
async function failSome(game: Game, worker: Worker): Promise<void> {
  const { connection, clock } = game.ledger;
  const failed = worker.members.slice(0, 1 + game.roll(2));
  for (const member of worker.members.slice(failed.length)) game.accepted.add(`${worker.claim.issue}/${member}`);
  connection.transaction(() => {
    const fail = connection.prepare(
      "update deliveries set state = 'failed', reason = 'refused', at = ? where issue = ? and subscriber = ? and state is null",
    );
    for (const member of failed) fail.run(clock.now, worker.claim.issue, member);
    connection
      .prepare("update batches set state = 'accepted', members = null, size = size - ? where id = ?")
      .run(failed.length, worker.claim.id);
  })();
}

/** Scattered failures tried again: a batch without a range, to which its members are moved one by one. */
function moveFailed(connection: Database.Database): boolean {
  const owned = "select issue, subscriber from deliveries where state = 'failed'";
  const row = connection.prepare<[], { issue: number }>(`${owned} limit 1`).get();
  if (row === undefined) return false;
  connection.transaction(() => {
    const { lastInsertRowid } = connection
      .prepare("insert into batches (lane, issue, size, state, due_at) values (1, ?, 0, 'planned', 0)")
      .run(row.issue);
    const { changes: size } = connection
      .prepare(
        `update deliveries set batch = ?, state = null, reason = null where issue = ? and subscriber in
           (select subscriber from deliveries where issue = ? and state = 'failed' order by subscriber limit 100)`,
      )
      .run(lastInsertRowid, row.issue, row.issue);
    connection.prepare("update batches set size = ? where id = ?").run(size, lastInsertRowid);
  })();
  return true;
}

const lateWrites: readonly ((game: Game, worker: Worker) => Promise<unknown>)[] = [
  ({ ledger: { ctx } }, { claim: own }) => freeze(ctx, own, { hash: "too late" }),
  ({ ledger: { ctx } }, { claim: own }) => settleAccepted(ctx, own, []),
  ({ ledger: { ctx } }, { claim: own }) => settleEmpty(ctx, own),
  ({ ledger: { ctx } }, { claim: own }) => settleFailed(ctx, own, "too late"),
  ({ ledger: { ctx } }, { claim: own }) => settleInDoubt(ctx, own, "too late"),
  (game, { claim: own }) => putBack(game, own, true),
  (game, { claim: own }) => putBack(game, own, false),
  async ({ ledger: { ctx } }, { claim: own, members }) => {
    if (members.length > 1) await splitIssueBatch(ctx, own, members);
  },
];

function changes(connection: Database.Database): number {
  return connection.prepare<[], { n: number }>("select total_changes() n").get()?.n ?? 0;
}

/** Whatever the steps have left behind can be paid to the end. */
async function finish(game: Game): Promise<void> {
  const { ctx, clock, connection } = game.ledger;
  clock.now += 2 * leaseMs;
  for (;;) {
    const taken = await claimIssueBatch(ctx);
    if (taken === null) break;
    const members = (JSON.parse(taken.members) as [number][]).map(([id]) => [id, "id"] as const);
    if (taken.payloadHash === null && members.length > 0) await freeze(ctx, taken, { hash: "hash" });
    expect(await (members.length > 0 ? settleAccepted(ctx, taken, members) : settleEmpty(ctx, taken))).toBe(true);
  }
  assertLedger(connection, game.owed);
  for (const [id, owed] of game.owed) {
    const sums = await sumDeliveries(ctx, id);
    expect(sums.planned).toBe(owed);
    expect(sums.open).toBe(0);
    expect(sums.accepted + sums.failed + sums.skipped + sums.inDoubt).toBe(sums.planned);
  }
}
