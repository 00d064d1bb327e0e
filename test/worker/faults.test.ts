import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { FakeResend } from "../fakes/resend/control.ts";
import { formsOf } from "../world/forms.ts";
import { bound } from "./bindings.ts";
import { addMany, demand, furnish, type Installation, openInstallation, sendIssue, settle } from "./installation.ts";
import { startFakeResend } from "./start-resend.ts";
import { watched } from "./watched.ts";

// Whatever D1 does to a commit, and wherever an isolate ends: nothing is lost, and nobody gets a mail twice.

const lost = "D1_ERROR: Network connection lost.";

/** What becomes of the write that is struck, and of those after it; of every so many writes one has its turn. */
const strikes = {
  "a commit is made, but its answer lost": { before: false, lasts: false, words: lost, step: 4 },
  "a commit is made, but answered by an error nobody knows": {
    before: false,
    lasts: false,
    words: "D1_ERROR: 7",
    step: 9,
  },
  "a commit is refused": { before: true, lasts: false, words: lost, step: 9 },
  "an isolate is killed right after a commit": { before: false, lasts: true, words: "killed", step: 5 },
} as const;

type Strike = (typeof strikes)[keyof typeof strikes];

/** Each write has its turn where all suites are asked for. */
function stepOf({ step }: Strike): number {
  return bound.TEST_ALL ? 1 : step;
}

interface Struck {
  readonly worker: Installation;
  /** Whether the write was reached that was to be struck. */
  hit: boolean;
}

/** An isolate on the installation's database that is struck at its n-th write; calls of one that was killed go to a fresh one. */
function strikeAt(worker: Installation, n: number, strike: Strike): Struck {
  let writes = 0;
  let dead = false;
  const struck = { worker, hit: false };
  const DB = watched(bound.DB, (isWrite) => {
    if (dead) throw new Error(strike.words);
    if (!isWrite) return undefined;
    writes += 1;
    if (writes !== n) return undefined;
    struck.hit = true;
    dead = strike.lasts;
    if (strike.before) throw new Error(strike.words);
    return () => {
      throw new Error(strike.words);
    };
  });
  const sick = worker.isolate({ DB });
  const fresh = worker.isolate();
  const now = () => (dead ? fresh : sick);
  Object.assign(struck, {
    worker: {
      ...sick,
      fetch: (path: string, init?: RequestInit) => now().fetch(path, init),
      post: (path: string, fields: Record<string, string>) => now().post(path, fields),
      queue: () => now().queue(),
      scheduled: () => now().scheduled(),
    },
  });
  return struck;
}

beforeEach(() => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  return () => told.mockRestore();
});

async function openFurnished(changes: Parameters<typeof openInstallation>[0] = {}): Promise<Installation> {
  const worker = await openInstallation(changes);
  await furnish(worker);
  return worker;
}

describe.each(Object.entries(strikes))("where %s", (_, strike) => {
  test("a sign-up is mailed once and confirmed once, whichever of its writes it is", async () => {
    const worker = await openFurnished();
    for (let n = stepOf(strike) === 1 ? 1 : 2; ; n += stepOf(strike)) {
      const ada = `ada${n}@post.tld`;
      const struck = strikeAt(worker, n, strike);
      await demand(() => struck.worker.post("/subscribe", { email: ada, newsletter: "tide" }));
      await settle(struck.worker);
      const mails = (await worker.mails()).filter(({ to }) => to === ada);
      expect(
        mails.map(({ subject }) => subject),
        `write ${n}`,
      ).toHaveLength(1);
      const link = mails[0]?.confirmLink ?? "";
      const page = await demand(() => struck.worker.fetch(link));
      const form = formsOf(await page.text()).find(({ action }) => action.includes("/confirm/"));
      await demand(() => struck.worker.post(form?.action ?? "", {}));
      await settle(struck.worker);
      const counted = await worker.rows(
        `select count(*) n, (select count(*) from consents c where c.subscriber = s.id and event = 'confirmed') consents
         from subscribers s join subscriptions on subscriber = s.id where email = '${ada}' and status = 'active'`,
      );
      expect(counted, `write ${n}`).toEqual([{ n: 1, consents: 1 }]);
      expect(
        (await worker.recipients()).filter((to) => to === ada),
        `write ${n}`,
      ).toHaveLength(1);
      if (!struck.hit) return expect(n).toBeGreaterThan(6);
    }
  });

  test("an issue reaches each reader once, whichever of its writes it is", async () => {
    const worker = await openFurnished();
    await addMany(worker, 3);
    for (let n = stepOf(strike) === 1 ? 1 : 2; ; n += stepOf(strike)) {
      const struck = strikeAt(worker, n, strike);
      await sendIssue(struck.worker, `issue${n}`, 3);
      await settle(struck.worker);
      const got = (await worker.mails()).filter(({ subject }) => subject === `News of issue${n}`).map(({ to }) => to);
      expect(got.sort(), `write ${n}`).toEqual(["reader1@post.tld", "reader2@post.tld", "reader3@post.tld"]);
      const { length } = await worker.rows(`select 1 from issues where slug = 'issue${n}' and status = 'sent'`);
      expect(length, `issue ${n} is sent`).toBe(1);
      if (!struck.hit) return expect(n).toBeGreaterThan(6);
    }
  });
});

describe("by Resend", () => {
  let fake: FakeResend;
  beforeAll(async () => {
    fake = await startFakeResend({ apiKey: "re_worker", domains: ["harbourcourier.example"] });
  });
  afterAll(() => fake.stop());

  test.each(Object.entries(strikes))("where %s, each reader has one mail in the end", async (_, strike) => {
    await fake.reset();
    const worker = await openFurnished({
      TIDINGS_PROVIDER: "resend",
      RESEND_API_KEY: "re_worker",
      RESEND_BASE_URL: fake.url,
    } as never);
    await addMany(worker, 3);
    let rounds = 0;
    for (let n = stepOf(strike) === 1 ? 1 : 2; ; n += stepOf(strike)) {
      rounds += 1;
      const struck = strikeAt(worker, n, strike);
      await sendIssue(struck.worker, `issue${n}`, 3);
      await settle(struck.worker);
      const { perRecipient } = await fake.ledger();
      expect(perRecipient, `write ${n}`).toEqual({
        "reader1@post.tld": rounds,
        "reader2@post.tld": rounds,
        "reader3@post.tld": rounds,
      });
      const { length } = await worker.rows(`select 1 from issues where slug = 'issue${n}' and status = 'sent'`);
      expect(length, `issue ${n} is sent`).toBe(1);
      if (!struck.hit) return expect(n).toBeGreaterThan(6);
    }
  });
});
