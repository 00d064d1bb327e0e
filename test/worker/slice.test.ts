import { expect, test } from "vitest";
import type { Provider } from "../../src/provider/contract.ts";
import type { Query, Store } from "../../src/store/store.ts";
import { paySlice, type Share } from "../../src/worker/slice.ts";
import { type Office, openOffice } from "../dispatch/post.ts";

/** What an invocation has passed its time with. */
interface Passed {
  readonly share: Share;
  /** Waits, in ms. */
  readonly waited: number[];
}

/** Waiting moves the office's clock. */
function shareOf(office: Office, limits: { calls?: number; hasLeft?: () => boolean } = {}): Passed {
  const waited: number[] = [];
  const wait = async (ms: number) => {
    waited.push(ms);
    office.advance(ms);
  };
  return { waited, share: { calls: 4, hasLeft: () => true, ...limits, wait } };
}

/** The office's provider, watched: how many calls there are at a time, and what each answer says of the pace. */
function watch(office: Office, pace: { calls: number; span: number } | null = null) {
  const seen = { calls: 0, underWay: 0, most: 0, time: 0 };
  const { provider } = office.ctx;
  const watched: Provider = {
    ...provider,
    issue: (mail) => (recipients) => {
      const parcel = provider.issue(mail)(recipients);
      return {
        ...parcel,
        send: async (key) => {
          seen.calls += 1;
          seen.underWay += 1;
          seen.most = Math.max(seen.most, seen.underWay);
          const outcome = await parcel.send(key);
          if (seen.time > 0) await new Promise((resolve) => setTimeout(resolve, seen.time));
          seen.underWay -= 1;
          return outcome.result === "accepted" && pace !== null ? { ...outcome, pace } : outcome;
        },
      };
    },
  };
  Object.assign(office.ctx, { provider: watched });
  return seen;
}

const each = (count: number) => Array.from({ length: count }, (_, at) => `reader${at + 1}@post.tld`);

async function started(readers: number, members = 1): Promise<Office> {
  const office = await openOffice({ readers, limits: { members } });
  if (readers > 0) await office.start();
  return office;
}

test("pays everything that is owed, and says that nothing is left", async () => {
  const office = await started(23, 3);
  await office.signUp("ada@post.tld", "tide");
  expect(await paySlice(office.ctx, shareOf(office).share)).toBeNull();
  expect((await office.recipients()).sort()).toEqual(["ada@post.tld", ...each(23)].sort());
  expect((await office.status()).issue.status).toBe("sent");
});

test("does nothing where nothing is owed", async () => {
  const office = await started(0);
  const { share, waited } = shareOf(office);
  expect(await paySlice(office.ctx, share)).toBeNull();
  expect(waited).toEqual([]);
});

test("makes as many calls at a time as its share allows, and no more", async () => {
  const office = await started(40, 2);
  const seen = watch(office);
  // Calls that take their time, so that others catch up with them.
  seen.time = 20;
  await paySlice(office.ctx, shareOf(office, { calls: 3 }).share);
  expect(seen).toMatchObject({ calls: 20, underWay: 0, most: 3 });
});

test("begins no further turn once its share is used up, and tells that more is due now", async () => {
  const office = await started(40, 1);
  let turns = 0;
  const { share } = shareOf(office, { calls: 2, hasLeft: () => ++turns <= 10 });
  const due = await paySlice(office.ctx, share);
  expect(due).toBeLessThanOrEqual(office.clock.now);
  const paid = (await office.recipients()).length;
  expect(paid).toBeGreaterThan(0);
  expect(paid).toBeLessThanOrEqual(10);
  expect((await office.batches()).filter(({ state }) => state === "claimed")).toEqual([]);
});

test("many slices with small shares pay everything, each reader once", async () => {
  const office = await started(40, 1);
  let slices = 0;
  for (let due: number | null = 0; due !== null; slices += 1) {
    expect(slices).toBeLessThan(100);
    let turns = 0;
    due = await paySlice(office.ctx, shareOf(office, { hasLeft: () => ++turns <= 8 }).share);
  }
  expect(slices).toBeGreaterThan(4);
  expect((await office.recipients()).sort()).toEqual(each(40).sort());
});

test("two slices at the same time pay each reader once", async () => {
  const office = await started(30, 1);
  await Promise.all([paySlice(office.ctx, shareOf(office).share), paySlice(office.ctx, shareOf(office).share)]);
  expect((await office.recipients()).sort()).toEqual(each(30).sort());
});

test("waits for a call that may leave in 300 ms", async () => {
  const office = await started(4);
  watch(office, { calls: 1, span: 300 });
  const { share, waited } = shareOf(office);
  expect(await paySlice(office.ctx, share)).toBeNull();
  expect((await office.recipients()).sort()).toEqual(each(4));
  expect(waited.length).toBeGreaterThan(0);
  expect(Math.max(...waited)).toBeLessThanOrEqual(300);
});

test("a call that hangs does not hold up those that the pace allows meanwhile", async () => {
  const office = await started(4, 1);
  const seen = watch(office, { calls: 1, span: 300 });
  const { provider } = office.ctx;
  const others = Promise.withResolvers<void>();
  const slow: Provider = {
    ...provider,
    issue: (mail) => (recipients) => {
      const parcel = provider.issue(mail)(recipients);
      const send: typeof parcel.send = async (key) => {
        const isThird = seen.calls === 2;
        const outcome = await parcel.send(key);
        if (isThird) await others.promise;
        if (seen.calls === 4) others.resolve();
        return outcome;
      };
      return { ...parcel, send };
    },
  };
  Object.assign(office.ctx, { provider: slow });
  expect(await paySlice(office.ctx, shareOf(office).share)).toBeNull();
  expect((await office.recipients()).sort()).toEqual(each(4));
});

test("does not wait for one that may leave in 30 s, but tells when", async () => {
  const office = await started(4);
  watch(office, { calls: 1, span: 30_000 });
  const { share, waited } = shareOf(office);
  const began = office.clock.now;
  const due = await paySlice(office.ctx, share);
  expect(waited).toEqual([]);
  expect(office.clock.now).toBe(began);
  expect(due).toBeGreaterThan(began + 2_000);
  expect(due).toBeLessThanOrEqual(began + 30_000);
});

test("tells of a fault only once every turn that had begun has ended", async () => {
  const office = await started(20, 1);
  const seen = watch(office);
  const { store } = office.ctx;
  let commits = 0;
  const commit = (...queries: Query[]): Promise<unknown> => {
    commits += 1;
    return commits === 12 ? Promise.reject(new Error("the database is away")) : store.commit(...queries);
  };
  await expect(
    paySlice({ ...office.ctx, store: { ...store, commit: commit as Store["commit"] } }, shareOf(office).share),
  ).rejects.toThrow("away");
  expect(seen.underWay).toBe(0);
  const before = commits;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(commits).toBe(before);
  await office.finish();
  expect((await office.recipients()).sort()).toEqual(each(20).sort());
});
