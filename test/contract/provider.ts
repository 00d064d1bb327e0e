import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fill } from "../../src/mail/segments.ts";
import type { Outcome, Provider } from "../../src/provider/contract.ts";
import { bytesOf, issue, notice, readers } from "../provider/samples.ts";

/** A mail as it arrived at the far side of a way out. */
export interface Arrived {
  readonly to: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** One way out with the switch that its far side offers. */
export interface Rig {
  readonly provider: Provider;
  /** The next call comes to this, and nothing is accepted. */
  script(result: Scripted): Promise<void>;
  arrived(): Promise<Arrived[]>;
  /** Forgets what arrived. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

type Scripted = Exclude<Outcome["result"], "accepted" | "conflict" | "partly">;
const scripted: readonly Scripted[] = ["retry", "pause", "halt", "rejected", "unsure"];

/** In what a way out differs from the rest. */
export interface Traits {
  /** Whether a repeat under the same key is recognised. */
  readonly knowsKeys: boolean;
  /** Whether a key that comes back with other bytes is refused. */
  readonly refusesOtherBytes: boolean;
  /** What can be scripted at its far side. */
  readonly scripted: readonly Scripted[];
  /** What is told of the one mail, where others are told of the call. */
  readonly alone: readonly Scripted[];
}

const usual: Traits = { knowsKeys: true, refusesOtherBytes: true, scripted, alone: [] };

/** What every way out keeps to. */
export function providerContract(name: string, make: () => Promise<Rig>, traits: Traits = usual): void {
  describe(`the ${name} way out`, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await make();
    });
    beforeEach(() => rig.empty());
    afterAll(() => rig.stop());
    test("says whether it knows keys", () => expect(rig.provider.knowsKeys).toBe(traits.knowsKeys));
    acceptance(() => rig);
    if (traits.knowsKeys) repeats(() => rig);
    refusals(() => rig, traits);
    frozenBytes(() => rig);
  });
}

function acceptance(rig: () => Rig): void {
  test("answers a batch of notices with one id for each, in order", async () => {
    const to = ["a@post.tld", "b@post.tld", "c@post.tld"];
    const outcome = await rig()
      .provider.notices(to.map((address) => notice(address)))
      .send("i/notices/1");
    expect(outcome.result).toBe("accepted");
    expect(new Set(idsOf(outcome)).size).toBe(3);
    expect(recipientsOf(await rig().arrived())).toEqual(to);
  });

  test("delivers a notice as it was composed", async () => {
    const sent = notice("zoe@post.tld");
    await rig().provider.notices([sent]).send("i/notices/2");
    const [mail] = await rig().arrived();
    expect(mail).toMatchObject({ to: sent.to, from: sent.from, subject: sent.subject });
    expect(lines(mail?.html)).toBe(lines(sent.html));
    expect(lines(mail?.text)).toBe(lines(sent.text));
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
  });

  test("delivers a hundred readers of an issue, each with their own fields", async () => {
    const list = readers(100);
    const outcome = await rig().provider.issue(issue)(list).send("i/issue/1");
    expect(idsOf(outcome)).toHaveLength(100);
    const arrived = new Map((await rig().arrived()).map((mail) => [mail.to, mail]));
    expect(arrived.size).toBe(100);
    for (const { address, values } of list) {
      const mail = arrived.get(address);
      expect(mail).toMatchObject({ from: issue.from, subject: fill(issue.subject, values) });
      expect(lines(mail?.html)).toBe(lines(fill(issue.html, values)));
      expect(lines(mail?.text)).toBe(lines(fill(issue.text, values)));
      expect(mail?.headers.get("list-unsubscribe")).toBe(`<${values.leaveUrl}>`);
    }
  });

  test("delivers the same bytes again under another key", async () => {
    const parcel = rig().provider.issue(issue)(readers(2));
    await parcel.send("i/issue/5");
    await parcel.send("i/issue/6");
    expect(await rig().arrived()).toHaveLength(4);
  });
}

function repeats(rig: () => Rig): void {
  test("delivers once when the same parcel goes twice under one key", async () => {
    const parcel = rig().provider.issue(issue)(readers(7));
    const first = await parcel.send("i/issue/2");
    const second = await parcel.send("i/issue/2");
    expect(second).toEqual(first);
    expect(await rig().arrived()).toHaveLength(7);
  });

  test("delivers once when a parcel is made anew for the second try", async () => {
    const first = await rig().provider.issue(issue)(readers(3)).send("i/issue/3");
    const second = await rig().provider.issue(structuredClone(issue))(readers(3)).send("i/issue/3");
    expect(second).toEqual(first);
    expect(await rig().arrived()).toHaveLength(3);
  });

  test("delivers once when the same parcel goes twice at the same time", async () => {
    const parcel = rig().provider.issue(issue)(readers(5));
    const outcomes = await Promise.all([parcel.send("i/issue/4"), parcel.send("i/issue/4")]);
    const results = outcomes.map((outcome) => outcome.result);
    expect(results).toContain("accepted");
    // The loser may be told that the winner still runs, but never that it failed.
    expect(results.filter((result) => result !== "accepted" && result !== "unsure")).toEqual([]);
    expect(await rig().arrived()).toHaveLength(5);
  });
}

function refusals(rig: () => Rig, traits: Traits): void {
  if (traits.refusesOtherBytes) {
    test("calls it a conflict when a key comes back with other bytes", async () => {
      const make = rig().provider.issue(issue);
      await make(readers(2)).send("i/issue/7");
      const outcome = await make(readers(2, 5)).send("i/issue/7");
      expect(outcome).toMatchObject({ result: "conflict", reason: expect.stringMatching(/./) });
      expect(await rig().arrived()).toHaveLength(2);
    });
  }

  for (const result of traits.scripted) {
    for (const kind of ["notices", "an issue"]) {
      test(`reports ${result} for ${kind}, accepts nothing, and delivers once on the next try`, async () => {
        const { provider } = rig();
        const parcel =
          kind === "notices" ? provider.notices([notice("a@post.tld")]) : provider.issue(issue)(readers(1));
        await rig().script(result);
        const outcome = await parcel.send(`i/${kind.at(-1)}/${result}`);
        const told = { result, reason: expect.stringMatching(/\w/) };
        expect(outcome).toMatchObject(traits.alone.includes(result) ? { result: "partly", members: [told] } : told);
        expect(await rig().arrived()).toEqual([]);
        expect(await parcel.send(`i/${kind.at(-1)}/${result}`)).toMatchObject({ result: "accepted" });
        expect(await rig().arrived()).toHaveLength(1);
      });
    }
  }

  test("sends nothing for an empty list", async () => {
    expect(await rig().provider.notices([]).send("i/e/1")).toEqual({ result: "accepted", ids: [] });
    expect(await rig().provider.issue(issue)([]).send("i/e/2")).toEqual({ result: "accepted", ids: [] });
    expect(await rig().arrived()).toEqual([]);
  });

  test("rejects more mails than it takes in one call", async () => {
    const { provider } = rig();
    const many = readers(provider.limits.members + 1);
    expect(await provider.issue(issue)(many).send("i/l/1")).toMatchObject({ result: "rejected" });
    expect(await rig().arrived()).toEqual([]);
  });

  test("names the one recipient that is no bare address, and sends to nobody", async () => {
    const { provider } = rig();
    for (const address of ["b@x.tld, evil@y.tld", "Bob <b@x.tld>", "b@x.tld\r\nBcc: c@y.tld", "", " b@x.tld"]) {
      const [first, second] = readers(2);
      const list = [first, { ...second, address }] as ReturnType<typeof readers>;
      expect(await provider.issue(issue)(list).send("i/r/1")).toMatchObject({ result: "rejected", index: 1 });
      const messages = [notice("a@post.tld"), notice(address)];
      expect(await provider.notices(messages).send("i/r/2")).toMatchObject({ result: "rejected", index: 1 });
    }
    expect(await rig().arrived()).toEqual([]);
  });

  test("names the notice with a line break in a header", async () => {
    const bad = [
      notice("a@post.tld", { subject: "Hallo\r\nBcc: evil@y.tld" }),
      notice("a@post.tld", { headers: [["X-Kind", "a\nb"]] }),
      notice("a@post.tld", { headers: [["X-Kind\r\nBcc", "evil@y.tld"]] }),
      notice("a@post.tld", { from: { name: "A\nB", address: "a@morgenblatt.tld" } }),
    ];
    for (const message of bad) {
      const outcome = await rig()
        .provider.notices([notice("b@post.tld"), message])
        .send("i/r/3");
      expect(outcome).toMatchObject({ result: "rejected", index: 1 });
    }
    expect(await rig().arrived()).toEqual([]);
  });

  test("halts on a key that no header can carry", async () => {
    const parcel = rig().provider.notices([notice("a@post.tld")]);
    for (const key of ["", "a b", "a\nb", "ü", "x".repeat(257)]) {
      expect(await parcel.send(key)).toMatchObject({ result: "halt" });
    }
    expect(await rig().arrived()).toEqual([]);
    expect(await parcel.send("x".repeat(256))).toMatchObject({ result: "accepted" });
  });
}

function frozenBytes(rig: () => Rig): void {
  test("makes the same bytes from the same content each time", () => {
    const { provider } = rig();
    const again = structuredClone(issue);
    expect(bytesOf(provider.issue(again)(readers(9)))).toEqual(bytesOf(provider.issue(issue)(readers(9))));
    expect(bytesOf(provider.notices([notice("a@post.tld")]))).toEqual(
      bytesOf(provider.notices([notice("a@post.tld")])),
    );
  });

  test("makes other bytes when any field of any reader differs", () => {
    const make = rig().provider.issue(issue);
    const [first, second] = readers(2);
    const changed = { ...second, values: { ...second?.values, name: "Zoë." } } as NonNullable<typeof second>;
    expect(bytesOf(make([first!, changed]))).not.toEqual(bytesOf(make(readers(2))));
  });

  test("binds its bytes by a digest, the same for the same mails and another for any other", async () => {
    const { provider } = rig();
    const make = provider.issue(issue);
    const parcels = [
      make(readers(9)),
      make(readers(8)),
      make(readers(9, 1)),
      provider.issue({ ...issue, subject: [...issue.subject, "!"] })(readers(9)),
      provider.notices([notice("a@post.tld")]),
      provider.notices([notice("b@post.tld")]),
    ];
    const digests = await Promise.all(parcels.map((parcel) => parcel.digest()));
    expect(new Set(digests).size).toBe(parcels.length);
    for (const digest of digests) expect(digest).toMatch(/^(?:[a-z]+:)?[0-9a-f]{64}$/);
    expect(await provider.issue(structuredClone(issue))(readers(9)).digest()).toBe(digests[0]);
    expect(await provider.notices([notice("a@post.tld")]).digest()).toBe(digests[4]);
  });

  test("says how long its chunks are", () => {
    const { provider } = rig();
    for (const parcel of [provider.issue(issue)(readers(11)), provider.notices([notice("a@post.tld")])]) {
      expect(parcel.size).toBe(bytesOf(parcel).length);
    }
  });

  test("takes a hundred mails of twenty kilobytes in one call", () => {
    expect(rig().provider.limits.members).toBeGreaterThanOrEqual(100);
    expect(rig().provider.limits.bytes).toBeGreaterThan(100 * 30_000);
  });
}

function idsOf(outcome: Outcome): readonly string[] {
  return outcome.result === "accepted" ? outcome.ids.filter((id) => id !== "") : [];
}

function recipientsOf(mails: readonly Arrived[]): string[] {
  return mails.map((mail) => mail.to).sort();
}

function lines(text: string | undefined): string | undefined {
  return text?.replaceAll("\r\n", "\n").trimEnd();
}
