import type Database from "better-sqlite3";
import { expect, test } from "vitest";
import { type Ends, settleIssueApart } from "../../src/delivery/apart.ts";
import { claimIssueBatch, type IssueClaim, leaseMs } from "../../src/delivery/claim.ts";
import { listReasons, sumDeliveries } from "../../src/delivery/find.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { holdIssueBatches } from "../../src/delivery/hold.ts";
import { postpone, settleAccepted, settleEmpty, settleFailed, settleInDoubt } from "../../src/delivery/settle.ts";
import { splitIssueBatch } from "../../src/delivery/split.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { pauseByHand } from "../../src/issue/pause.ts";
import { finishIssues } from "../../src/issue/progress.ts";
import { resolveDoubt } from "../../src/issue/resolve.ts";
import { resumeIssue } from "../../src/issue/resume.ts";
import { retireIssues } from "../../src/issue/retire.ts";
import { retryFailed } from "../../src/issue/retry.ts";
import { verifyIssue } from "../../src/issue/verify.ts";
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
  /** True where a way out without keys keeps a journal of it. */
  journal: boolean;
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
      if (step % 20 === 0) await verifyAll(game);
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
  if (owed.size >= 6) return false;
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
  game.held.push({ claim: taken, members, frozen: taken.payloadHash !== null, journal: false });
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
    const hash = `hash of ${worker.claim.id}`;
    worker.journal = game.roll(3) === 0;
    const kept = worker.journal ? { letters: letters(game, worker) } : {};
    // Once the lease is over nothing may leave, although nobody else has taken the batch yet.
    const due = game.ledger.connection.prepare("select due_at from batches where id = ?").pluck().get(worker.claim.id);
    const isOver = Number(due) <= game.ledger.clock.now;
    expect(await freeze(game.ledger.ctx, worker.claim, { hash, ...kept })).toBe(!isOver);
    worker.frozen = !isOver;
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
    (worker) => fresh(worker) && !worker.journal && worker.members.length > 1,
    (game, worker) => splitIssueBatch(game.ledger.ctx, worker.claim, worker.members),
  ),
  fail: ending(
    (worker) => fresh(worker) && worker.members.length > 0 && worker.members.length <= 6,
    (game, worker) => settleFailed(game.ledger.ctx, worker.claim, "no such mailbox"),
  ),
  doubt: ending(
    (worker) => worker.frozen,
    (game, worker) => settleInDoubt(game.ledger.ctx, worker.claim, "nobody knows"),
  ),
  apart: ending((worker) => fresh(worker) && worker.members.length > 2, settleApart),
  pause: steering(async (game, name) => (await pauseByHand(game.ledger.ctx, name)).paused, ["sending"]),
  resume: steering(async (game, name) => (await resumeIssue(game.ledger.ctx, name)).resumed, ["paused"]),
  cancel: steering(
    async (game, name) => game.owed.size > 2 && (await cancelIssue(game.ledger.ctx, name)).cancelled,
    ["sending", "paused", "incomplete"],
  ),
  retry: steering(
    async (game, name) => (await retryFailed(game.ledger.ctx, name)).retried > 0,
    ["sending", "paused", "incomplete", "sent"],
  ),
  countAsSent: steering((game, name) => resolve(game, name, "sent"), ["sending", "paused", "incomplete", "cancelled"]),
  sendAgain: steering((game, name) => resolve(game, name, "resend"), ["sending", "paused", "incomplete"]),
  finish: async (game: Game) => {
    const changed = await finishIssues(game.ledger.ctx);
    evict(game);
    return changed > 0;
  },
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
  apart: 4,
  resume: 3,
  retry: 2,
};
const weighted = (Object.keys(steps) as Step[]).flatMap((name) => Array<Step>(weights[name] ?? 1).fill(name));

function putBack({ ledger: { ctx, clock }, roll }: Game, own: IssueClaim, thaw: boolean): Promise<boolean> {
  return postpone(ctx, own, { dueAt: clock.now + roll(1_000), reason: "later", burns: true, thaw });
}

/** A call whose mails fared differently: who was not accepted gets a state of their own, or moves to a batch that waits. */
async function settleApart(game: Game, worker: Worker): Promise<void> {
  const { ctx, clock } = game.ledger;
  const { claim: own, members } = worker;
  const accepted: [number, string][] = [];
  const states: [number, "failed" | "in_doubt", string][] = [];
  const later: number[] = [];
  for (const member of members) {
    const fate = game.roll(6);
    if (fate === 0) states.push([member, "failed", "refused"]);
    else if (fate === 1) states.push([member, "in_doubt", "nobody knows"]);
    else if (fate === 2) later.push(member);
    else accepted.push([member, "id"]);
  }
  for (const [member] of accepted) game.accepted.add(`${own.issue}/${member}`);
  const ends: Ends = {
    accepted,
    own: states,
    unreachable: [],
    later,
    dueAt: clock.now + game.roll(1_000),
    reason: "busy",
  };
  expect(await settleIssueApart(ctx, own, ends)).toBe(true);
}

/** How far a way out without keys has come with a batch, of which only its journal knows. */
function letters({ roll }: Game, { members }: Worker): string {
  return members.map(() => ".oax"[roll(4)]).join("");
}

type Name = { readonly newsletter: string; readonly slug: string };

/** A word of an editor's about an issue that is in one of these states. */
function steering(
  act: (game: Game, name: Name) => Promise<boolean>,
  states: readonly string[],
): (game: Game) => Promise<boolean> {
  return async (game) => {
    const rows = game.ledger.connection
      .prepare<[string], Name>(
        "select 'tide' newsletter, slug from issues where status in (select value from json_each(?)) order by id",
      )
      .all(JSON.stringify(states));
    if (rows.length === 0) return false;
    const changed = await act(game, pick(game, rows));
    evict(game);
    return changed;
  };
}

async function resolve(game: Game, name: Name, as: "sent" | "resend"): Promise<boolean> {
  const { ctx, connection } = game.ledger;
  const row = connection.prepare<[string], { id: number }>("select id from issues where slug = ?").get(name.slug);
  const { inDoubt: expected } = await sumDeliveries(ctx, row?.id ?? 0);
  if (expected === 0) return false;
  expect((await resolveDoubt(ctx, { ...name, as, expect: expected, by: "the desk" })).resolved).toBe(expected);
  const { status } = connection.prepare("select status from issues where id = ?").get(row?.id) as { status: string };
  // Of a cancelled one, leases that are over were swept meanwhile.
  if (status !== "cancelled") expect((await sumDeliveries(ctx, row?.id ?? 0)).inDoubt).toBe(0);
  return true;
}

/** Workers whose batch was ended by somebody else: a cancel sweeps what nobody holds any more. */
function evict(game: Game): void {
  const find = game.ledger.connection.prepare<[number, number], { id: number }>(
    "select id from batches where id = ? and fence = ? and state = 'claimed'",
  );
  for (const worker of game.held) {
    if (find.get(worker.claim.id, worker.claim.fence) === undefined) drop(game, worker);
  }
}

/** The count that goes by single rows says the same as the sums. */
async function verifyAll({ ledger: { ctx }, owed }: Game): Promise<void> {
  for (const [at, readers] of [...owed.values()].entries()) {
    const found = await verifyIssue(ctx, { newsletter: "tide", slug: `issue-${at}` });
    expect(found).toMatchObject({ ok: true, counted: { planned: readers }, homeless: 0, sizes: [] });
  }
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
  connection.exec("update issues set status = 'sending' where status = 'paused'");
  for (;;) {
    const taken = await claimIssueBatch(ctx);
    if (taken === null) break;
    const members = (JSON.parse(taken.members) as [number][]).map(([id]) => [id, "id"] as const);
    if (taken.payloadHash === null && members.length > 0) await freeze(ctx, taken, { hash: "hash" });
    expect(await (members.length > 0 ? settleAccepted(ctx, taken, members) : settleEmpty(ctx, taken))).toBe(true);
  }
  while ((await finishIssues(ctx)) > 0);
  assertLedger(connection, game.owed);
  for (const [id, owed] of game.owed) {
    const sums = await sumDeliveries(ctx, id);
    expect(sums.planned).toBe(owed);
    expect(sums.open).toBe(0);
    expect(sums.accepted + sums.failed + sums.skipped + sums.inDoubt).toBe(sums.planned);
    const issue = connection
      .prepare<[number], { status: string; over: number }>(
        "select status, finished_at is not null over from issues where id = ?",
      )
      .get(id);
    expect(issue?.over).toBe(1);
    if (issue?.status !== "cancelled") expect(issue?.status).toBe(sums.inDoubt > 0 ? "incomplete" : "sent");
  }
  await verifyAll(game);
  await retireAll(game);
}

/** The ledger is emptied slice by slice, and no sum moves. */
async function retireAll({ ledger, owed, roll }: Game): Promise<void> {
  const { ctx, clock, connection } = ledger;
  const incomplete = connection.prepare<[], { slug: string; id: number }>(
    "select slug, id from issues where status = 'incomplete'",
  );
  for (const { slug, id } of incomplete.all()) {
    const expect = (await sumDeliveries(ctx, id)).inDoubt;
    await resolveDoubt(ctx, { newsletter: "tide", slug, as: "sent", expect });
  }
  const known = async () =>
    Promise.all([...owed.keys()].map(async (id) => [await sumDeliveries(ctx, id), await listReasons(ctx, id)]));
  const before = await known();
  clock.now += 1;
  const left = connection.prepare<[], { n: number }>("select count(*) n from issues where emptied_at is null");
  for (let sweeps = 0; left.get()?.n !== 0; sweeps += 1) {
    expect(sweeps, "sweeps that have not emptied the ledger").toBeLessThan(1_000);
    await retireIssues(ctx, clock.now, { commits: 1, deliveries: 1 + roll(1_000) });
    assertLedger(connection);
    assertHoused(connection);
    expect(await known()).toEqual(before);
  }
  for (const table of ["deliveries", "batches", "journals"])
    expect(connection.prepare(`select count(*) n from ${table}`).get(), table).toEqual({ n: 0 });
}
