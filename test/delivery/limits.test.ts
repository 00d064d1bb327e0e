import { expect, test } from "vitest";
import { admit, type Member } from "../../src/delivery/limits.ts";
import { type Policy, type Room, warmUpLimit } from "../../src/delivery/meters.ts";

const now = Date.UTC(2026, 10, 22, 8, 30);
const hour = 3_600_000;
const day = 24 * hour;
const none: Policy = [null, null, null];

function room(given: Partial<Room>): Room {
  return { newsletter: 1, policies: [none, none], domains: {}, left: [], flying: [], ...given };
}

const members = (count: number, domain = "post.tld"): Member[] =>
  Array.from({ length: count }, (_, n) => [n + 1, `reader${n + 1}@${domain}`, ""]);

test("a batch that fits leaves whole", () => {
  const batch = members(10);
  expect(admit(room({ policies: [[10, null, null], none] }), batch, now)).toEqual({ go: batch, kept: [] });
});

test("of one that does not, the first leave, and the others wait for the end of the window", () => {
  const left = [["all", "hour", 4]] as const;
  expect(admit(room({ policies: [[10, null, null], none], left }), members(8), now)).toEqual({
    go: members(6),
    kept: [
      {
        scope: "all",
        members: [7, 8],
        dueAt: Date.UTC(2026, 10, 22, 9),
        reason: "the limit of 10 mails an hour is reached",
      },
    ],
  });
});

test("what flies counts; where it may yet turn back, the rest waits for a moment only", () => {
  const flying = (isSure: 0 | 1) => [[1, 9, isSure, {}]] as const;
  const policies = [[10, null, null], none] as const;
  expect(admit(room({ policies, flying: flying(1) }), members(3), now).kept).toMatchObject([
    { members: [2, 3], dueAt: Date.UTC(2026, 10, 22, 9) },
  ]);
  expect(admit(room({ policies, flying: flying(0) }), members(3), now).kept).toEqual([
    { scope: "all", members: [2, 3], dueAt: now + 1_000, reason: null },
  ]);
});

test("what flies of another newsletter counts for the instance, not for this one", () => {
  const flying = [[2, 9, 1, {}]] as const;
  expect(admit(room({ policies: [none, [10, null, null]], flying }), members(10), now).kept).toEqual([]);
  expect(admit(room({ policies: [[10, null, null], none], flying }), members(10), now).go).toHaveLength(1);
});

test("a domain's readers wait alone, whatever the case of their addresses", () => {
  const batch: Member[] = [
    ...members(2),
    [11, "a@GMail.example", ""],
    [12, "b@gmail.example", ""],
    [13, "c@other.tld", ""],
  ];
  const { go, kept } = admit(room({ domains: { "gmail.example": 1 } }), batch, now);
  expect(go.map(([id]) => id)).toEqual([1, 2, 11, 13]);
  expect(kept).toMatchObject([
    { scope: "domain", members: [12], reason: "the limit of 1 mail an hour to gmail.example is reached" },
  ]);
});

test("a domain that no limit names is not looked up among what every object has", () => {
  expect(admit(room({ domains: { "a.example": 1 } }), [[1, "x@constructor", ""]], now).kept).toEqual([]);
});

test("the longest wait is named where a day and an hour are used up", () => {
  const left = [
    ["all", "hour", 5],
    ["all", "day", 50],
  ] as const;
  const { kept } = admit(room({ policies: [[5, 50, now], none], left }), members(1), now);
  expect(kept).toMatchObject([
    { dueAt: Date.UTC(2026, 10, 23), reason: "the limit of 50 mails on day 1 of the warm-up is reached" },
  ]);
});

test.each([
  [0, { mails: 500, day: 1 }],
  [15 * hour, { mails: 500, day: 1 }],
  [15 * hour + hour / 2, { mails: 1_000, day: 2 }],
  [10 * day, { mails: 512_000, day: 11 }],
  [11 * day, null],
  [4_000 * day, null],
])("a warm-up of 500, %i ms after it began, lets leave %o", (passed, expected) => {
  expect(warmUpLimit([null, 500, now], now + passed)).toEqual(expected);
});

test("a warm-up whose beginning lies ahead, by a clock that was put back, is in its first day", () => {
  expect(warmUpLimit([null, 500, now + 3 * day], now)).toEqual({ mails: 500, day: 1 });
});
