import { describe, expect, test } from "vitest";
import type { Ended, MemberOutcome } from "../../../src/provider/contract.ts";
import { conclude } from "../../../src/provider/smtp/outcome.ts";

const yes: MemberOutcome = { result: "accepted", id: "1" };
const no: MemberOutcome = { result: "rejected", reason: "SMTP 550" };
const later: MemberOutcome = { result: "later", reason: "SMTP 450" };
const unsure: MemberOutcome = { result: "unsure", reason: "no answer" };
const retry: Ended = { result: "retry", reason: "lost" };
const halt: Ended = { result: "halt", reason: "refused" };
const untried = { result: "later", reason: "lost" };

describe("without keys", () => {
  test.each([
    ["all accepted", [yes, yes], null, { result: "accepted", ids: ["1", "1"] }],
    ["nothing tried", [null, null], retry, retry],
    ["nothing tried, a fault of ours", [null, null], halt, halt],
    ["nothing left, one put off", [later, null], retry, retry],
    ["all put off", [later, later], null, { result: "partly", members: [later, later], ended: null }],
    ["one refused, then lost", [no, null], retry, { result: "partly", members: [no, untried], ended: retry }],
    ["one accepted, then lost", [yes, null], retry, { result: "partly", members: [yes, untried], ended: retry }],
    ["one in doubt", [unsure, null], retry, { result: "partly", members: [unsure, untried], ended: retry }],
    ["one refused", [yes, no], null, { result: "partly", members: [yes, no], ended: null }],
  ] as const)("%s", (_, members, ended, expected) => {
    expect(conclude({ members, ended }, false)).toEqual(expected);
  });
});

describe("with keys", () => {
  test.each([
    ["all accepted", [yes, yes], null, { result: "accepted", ids: ["1", "1"] }],
    ["nothing tried", [null, null], retry, retry],
    ["one refused, then lost", [no, null], retry, retry],
    ["one accepted, then lost", [yes, null], retry, { result: "unsure", reason: "lost" }],
    ["one accepted, then a fault of ours", [yes, null], halt, { result: "unsure", reason: "refused" }],
    ["one in doubt", [yes, unsure], retry, { result: "unsure", reason: "no answer" }],
    ["one put off", [yes, later], null, { result: "unsure", reason: "SMTP 450" }],
    ["all put off", [later, later], null, { result: "retry", reason: "SMTP 450" }],
    ["one refused", [yes, no], null, { result: "partly", members: [yes, no], ended: null }],
    ["all refused", [no, no], null, { result: "partly", members: [no, no], ended: null }],
  ] as const)("%s", (_, members, ended, expected) => {
    expect(conclude({ members, ended }, true)).toEqual(expected);
  });
});
