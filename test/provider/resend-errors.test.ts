import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createNodePost } from "../../src/node/post.ts";
import type { Outcome, Parcel, Provider } from "../../src/provider/contract.ts";
import { errorTable, judge } from "../../src/provider/resend/errors.ts";
import { createResend, type ResendOptions } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { type Fault, faults } from "../fakes/resend/faults.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { issue, notice, readers } from "./samples.ts";

type Name = keyof typeof faults;

/** RULES §6.3, row by row: refused before anything was accepted. */
const refused: Partial<Record<Name, Partial<Outcome>>> = {
  oneBad400: { result: "rejected" },
  oneBad422: { result: "rejected" },
  named422: { result: "rejected", index: 1 },
  missingField422: { result: "rejected" },
  invalidParameter422: { result: "rejected" },
  invalidFrom422: { result: "rejected" },
  invalidAttachment422: { result: "rejected" },
  tooLarge413: { result: "rejected" },
  invalidAccess422: { result: "halt" },
  invalidRegion422: { result: "halt" },
  invalidKey400: { result: "halt" },
  invalidKey422: { result: "halt" },
  missingKey401: { result: "halt" },
  restrictedKey401: { result: "halt" },
  invalidKey403: { result: "halt" },
  unverified403: { result: "halt" },
  notFound404: { result: "halt" },
  wrongMethod405: { result: "halt" },
  security451: { result: "halt" },
  teapot418: { result: "halt" },
  redirect301: { result: "halt" },
  redirect307: { result: "halt" },
  redirect308: { result: "halt" },
  badIdempotencyKey400: { result: "conflict" },
  mismatch409: { result: "conflict" },
  rate429: { result: "retry", after: 2000, limited: true },
  bareRate429: { result: "retry", limited: true },
  daily429: { result: "pause" },
  monthly429: { result: "pause" },
};

/** Answers, or the lack of one, that prove nothing. */
const uncertain: readonly Name[] = [
  "timeout408",
  "concurrent409",
  "nameless409",
  "internal500",
  "application500",
  "null500",
  "html502",
  "redirect303",
  "earlyReset",
  "hang",
  "accepted502",
  "empty200",
  "html200",
  "null200",
  "truncated200",
  "fewIds",
  "manyIds",
  "acceptedHang",
  "acceptedReset",
  "drip",
];

/** One way to make a call, and how many mails are in it. */
interface Way {
  readonly options: Partial<ResendOptions>;
  readonly count: number;
  readonly make: (provider: Provider) => Parcel;
}

const notices = (provider: Provider) => provider.notices(readers(2).map(({ address }) => notice(address)));
const batch = (provider: Provider) => provider.issue(issue)(readers(2));
const alone = { batch: "single", post: createNodePost() } as const;

const ways: Record<string, Way> = {
  "by the package": { options: {}, count: 2, make: notices },
  "by the byte client": { options: {}, count: 2, make: batch },
  "by the byte client over Node's own sockets": { options: { post: createNodePost() }, count: 2, make: batch },
  "of a permissive batch": { options: { batch: "permissive", post: createNodePost() }, count: 2, make: batch },
  "of one notice": { options: alone, count: 1, make: (provider) => provider.notices([notice("leserin0@post.tld")]) },
  "of one mail": { options: alone, count: 1, make: (provider) => provider.issue(issue)(readers(1)) },
};

let fake: FakeResend;

beforeAll(async () => {
  fake = await startFakeResend();
});
beforeEach(() => fake.reset());
afterAll(() => fake.stop());

for (const [way, { options, count, make }] of Object.entries(ways)) {
  describe(`a call ${way}`, () => {
    let provider: Provider;
    beforeAll(() => {
      provider = createResend({
        apiKey: "re_1",
        baseUrl: fake.url,
        userAgent: "tidings-test/1",
        timeout: 400,
        ...options,
      });
    });

    for (const [name, expected] of Object.entries(refused)) {
      test(`comes to ${expected.result} for ${name}, and nothing is accepted`, async () => {
        await fake.fault(faults[name as Name]);
        const { reason, ...outcome } = (await make(provider).send("i/1")) as Outcome & { reason: string };
        const { index: _, ...alone } = expected as { index?: number };
        // The second of two is told to be at fault, which a call of one mail does not have.
        expect(outcome).toEqual(count === 1 ? alone : expected);
        expect(reason).toMatch(/^Resend answered \d{3}\b.*\.$/);
        expect((await fake.counts()).mails).toBe(0);
        expect(await fake.faultsLeft()).toEqual([]);
      });
    }

    for (const name of uncertain) {
      test(`is unsure after ${name}, and the same parcel again leaves one mail for each reader`, async () => {
        await fake.fault(faults[name]);
        const parcel = make(provider);
        expect(await parcel.send("i/2")).toMatchObject({
          result: "unsure",
          reason: expect.stringMatching(/Resend .+\./),
        });
        const accepted = faults[name] as Fault;
        expect((await fake.counts()).mails).toBe(accepted.accept ? count : 0);

        expect(await parcel.send("i/2")).toMatchObject({ result: "accepted" });
        const { mails, perRecipient } = await fake.ledger();
        expect(mails).toHaveLength(count);
        expect(Object.values(perRecipient)).toEqual(Array(count).fill(1));
      });
    }

    test("does not follow a redirect", async () => {
      await fake.fault(faults.redirect307, faults.redirect303);
      await make(provider).send("i/3");
      await make(provider).send("i/4");
      const path = count === 1 ? "/emails" : "/emails/batch";
      expect((await fake.requests()).map((request) => request.path)).toEqual([path, path]);
    });

    test("is told to wait while the first call with its key still runs", async () => {
      await fake.latency(300);
      const parcel = make(provider);
      const outcomes = await Promise.all([parcel.send("i/5"), parcel.send("i/5")]);
      expect(outcomes.map((outcome) => outcome.result).sort()).toEqual(["accepted", "unsure"]);
      expect((await fake.counts()).mails).toBe(count);
    });
  });
}

test("every row of the error table is reached by a fault of the fake", () => {
  const rows = new Set<unknown>();
  for (const fault of Object.values(faults) as Fault[]) {
    const { status = 200, body } = fault;
    const { name = "", message = "" } = (typeof body === "object" ? body : {}) as Record<string, string>;
    const group = status >= 500 ? "5xx" : status >= 400 ? "4xx" : "other";
    rows.add(
      errorTable.find(
        (row) =>
          (row.status === status || row.status === group) &&
          (row.names?.includes(name) ?? true) &&
          (row.message?.test(message) ?? true),
      ),
    );
  }
  expect(errorTable.filter((row) => !rows.has(row))).toEqual([]);
});

test("of answers that leave doubt only that the first call still runs tells that Resend is there", () => {
  const answered = (fault: Fault) => {
    const { status = 200, body = {} } = fault;
    const outcome = judge({ status, headers: new Headers(), body: JSON.stringify(body) }, 2);
    return outcome.result === "unsure" && outcome.answered === true;
  };
  const found = uncertain.filter((name) => answered(faults[name]));
  expect(found).toEqual(["concurrent409", "nameless409"]);
});

test("a mail index outside the batch is not believed", () => {
  for (const index of [2, -1, 0.5, "1", null]) {
    const body = JSON.stringify({ name: "validation_error", message: "Bad", index });
    const outcome = judge({ status: 422, headers: new Headers(), body }, 2);
    expect(outcome).toEqual({ result: "rejected", reason: "Resend answered 422 validation_error: Bad." });
  }
});

test("a reason holds no line breaks, no controls and an end", () => {
  const body = JSON.stringify({ name: "validation_error", message: `a\r\n\u001b[31mb\u2028${"x".repeat(5000)}` });
  const outcome = judge({ status: 422, headers: new Headers(), body }, 1);
  expect("reason" in outcome && outcome.reason).toMatch(/^[\x20-\x7e]{10,400}$/);
});
