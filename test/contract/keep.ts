import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeMime } from "../../src/mail/mime.ts";
import type { KeptMail, MailKeep } from "../../src/provider/outbox.ts";
import { notice, readers } from "../provider/samples.ts";

/** An empty keep, and the means to look at it from two sides. */
export interface KeepRig {
  readonly keep: MailKeep;
  /** Another keep in the same place, as a second process or isolate would have. */
  another(): MailKeep;
  /** Milliseconds UTC; tests move it. */
  readonly clock: { now: number };
  close(): Promise<void>;
}

const start = Date.UTC(2026, 10, 22, 8);
const mails = [encodeMime(notice("a@post.tld")), encodeMime(notice("b@post.tld"))];

/** What every keep of the outbox's mails keeps to. */
export function keepContract(name: string, make: (clock: { now: number }) => Promise<KeepRig>): void {
  describe(`mails kept ${name}`, () => {
    let rig: KeepRig;
    beforeEach(async () => {
      rig = await make({ now: start });
    });
    afterEach(() => rig.close());
    keys(() => rig);
    pages(() => rig);
    purging(() => rig);
  });
}

function keys(rig: () => KeepRig): void {
  test("have ids that are made of their time, their key and their place", async () => {
    const ids = await rig().keep.put("k1", mails);
    expect(ids).toEqual([0, 1].map((place) => expect.stringMatching(`^00${start}-[0-9a-f]{32}-000${place}\\.eml$`)));
    expect(new Set(ids.map((id) => id.slice(16, 48))).size).toBe(1);
  });

  test("are read byte for byte as they were put", async () => {
    const odd = new TextEncoder().encode(
      "Subject: =?utf-8?q?a?=\r\nTo: b@post.tld\r\n\r\n\t'quotes' \"\\\" %00 \x7f\r\n.\r\n",
    );
    const ids = await rig().keep.put("k1", [...mails, odd]);
    for (const [place, id] of ids.entries()) expect(await rig().keep.read(id)).toEqual([...mails, odd][place]);
  });

  test("are kept once for a key, also an hour later and by another keep", async () => {
    const ids = await rig().keep.put("k1", mails);
    rig().clock.now += 3_600_000;
    expect(await rig().another().put("k1", mails)).toEqual(ids);
    expect(await rig().keep.list({ limit: 10 })).toHaveLength(2);
  });

  test("are refused for a key that stands for others, for fewer, and for the same bytes cut elsewhere", async () => {
    const ids = await rig().keep.put("k1", mails);
    const [first, second] = mails as [Uint8Array, Uint8Array];
    const recut = [first.subarray(0, 5), new Uint8Array([...first.subarray(5), ...second])];
    for (const other of [[first], [second, first], recut, []]) {
      await expect(rig().another().put("k1", other)).rejects.toMatchObject({ code: "conflict" });
    }
    expect((await rig().keep.list({ limit: 10 })).map(({ id }) => id).sort()).toEqual(ids);
  });

  test("are kept once when two put the same keys at the same time, and both are told the same ids", async () => {
    const { keep, another, clock } = rig();
    const other = another();
    const both = await Promise.all(
      Array.from({ length: 12 }, (_, at) => at).flatMap((at) => {
        clock.now += 1;
        return [keep.put(`k${at}`, mails), other.put(`k${at}`, mails)];
      }),
    );
    for (let at = 0; at < both.length; at += 2) expect(both[at]).toEqual(both[at + 1]);
    expect(new Set(both.flat()).size).toBe(24);
    expect(await keep.list({ limit: 100 })).toHaveLength(24);
  });

  test("of two sets under one key at the same time are those of the one that is not refused", async () => {
    const { keep, another } = rig();
    const settled = await Promise.allSettled([keep.put("k", mails), another().put("k", mails.toReversed())]);
    expect(settled.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(settled.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
    expect(await keep.list({ limit: 10 })).toHaveLength(2);
  });

  test("may be none, or a hundred", async () => {
    expect(await rig().keep.put("none", [])).toEqual([]);
    const many = readers(100).map(({ address }) => encodeMime(notice(address)));
    const ids = await rig().keep.put("many", many);
    expect(new Set(ids).size).toBe(100);
    expect((await rig().keep.list({ limit: 200 })).map(({ id }) => id)).toEqual(ids.toReversed());
  });
}

function pages(rig: () => KeepRig): void {
  test("are listed newest first, page by page, with decoded headers", async () => {
    const { keep, clock } = rig();
    for (const { address } of readers(5)) {
      clock.now += 1_000;
      await keep.put(address, [encodeMime(notice(address))]);
    }
    const first = await keep.list({ limit: 3 });
    const second = await keep.list({ limit: 3, before: first.at(-1)?.id ?? "" });
    const all = [...first, ...second];
    expect(all.map((mail) => mail.to)).toEqual(
      readers(5)
        .map((reader) => reader.address)
        .reverse(),
    );
    const { from, subject } = notice("");
    expect(all[0]).toEqual({
      id: expect.stringMatching(/\.eml$/),
      at: clock.now,
      to: "leserin4@post1.tld",
      from: `${from.name} <${from.address}>`,
      subject,
      size: encodeMime(notice("leserin4@post1.tld")).length,
    } satisfies KeptMail);
    expect(await keep.list({ limit: 3, before: all.at(-1)?.id ?? "" })).toEqual([]);
  });

  test("are nothing at first", async () => {
    expect(await rig().keep.list({ limit: 10 })).toEqual([]);
    expect(await rig().keep.read(`${"0".repeat(15)}-${"0".repeat(32)}-0000.eml`)).toBeNull();
    expect(await rig().keep.purge(start)).toBe(0);
  });

  test("are not found by any other name", async () => {
    const [id = ""] = await rig().keep.put("k1", mails);
    for (const name of ["", ".", "..", `../outbox/${id}`, `${id}\0`, ` ${id}`, "/etc/passwd", ".keys", "%"]) {
      expect(await rig().keep.read(name), name).toBeNull();
    }
  });
}

function purging(rig: () => KeepRig): void {
  test("are purged once they are older than a time, with what was known of their keys", async () => {
    const { keep, clock } = rig();
    const [old = ""] = await keep.put("old", mails);
    clock.now += 10_000;
    await keep.put("new", mails);
    expect(await keep.purge(clock.now)).toBe(2);
    expect((await keep.list({ limit: 10 })).map((mail) => mail.at)).toEqual([clock.now, clock.now]);
    expect(await keep.read(old)).toBeNull();
    expect(await keep.purge(clock.now)).toBe(0);
    // The key is free again, also for others.
    expect(await keep.put("old", mails.toReversed())).toHaveLength(2);
    await expect(keep.put("new", mails.toReversed())).rejects.toMatchObject({ code: "conflict" });
  });
}
