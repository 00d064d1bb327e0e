import { enhancedOf, type Reply, wordsOf } from "./replies.ts";

/** What a reply answers. */
export type Phase = "greeting" | "hello" | "starttls" | "auth" | "reset" | "mail" | "rcpt" | "data" | "dot";

/**
 * What a reply means. `rejected` and `later` concern the one mail; `retry` and `halt` end the connection, and the mail
 * they answer has surely not left; `unsure`: it may have been accepted.
 */
export type Verdict = "go" | "rejected" | "later" | "retry" | "halt" | "unsure";

/** Whose doing a refusal is (RULES §5): only `address` says anything about the reader's address. */
export type Blame = "address" | "mailbox" | "sender" | "unknown";

interface Row {
  /** Absent: any. */
  readonly phases?: readonly Phase[];
  /** Matched against the three digits. */
  readonly code: RegExp;
  /** Matched against the enhanced code, which must then be there. */
  readonly enhanced?: RegExp;
  readonly words?: RegExp;
  /** Holds only as long as the server has accepted nothing on this connection. */
  readonly unproven?: true;
  readonly verdict: Exclude<Verdict, "go">;
  /** Where that is laid down. */
  readonly rule: string;
  readonly hint?: string;
}

const size = /^5\.(?:3\.4|2\.3)$/;
const address = /^5\.(?:1\.(?:1|2|3|6|10)|2\.1)$/;
const loginHint = "Check user and password in SMTP_URL.";

/** First match wins. Codes of success are not in it: they stand in `expected`. */
export const replyTable: readonly Row[] = [
  { code: /^421$/, verdict: "retry", rule: "RFC 5321 §3.8" },
  { phases: ["auth"], code: /^4/, verdict: "retry", rule: "RFC 4954 §6" },
  { phases: ["auth"], code: /^5/, verdict: "halt", rule: "RFC 4954 §6", hint: loginHint },
  { code: /^(?:530|534|535|538)$/, verdict: "halt", rule: "RFC 4954 §6", hint: loginHint },
  // What turns connections away may do so for a while only: load, a list, a restart.
  { phases: ["greeting"], code: /^[45]/, verdict: "retry", rule: "RFC 5321 §3.1" },
  { phases: ["hello"], code: /^4/, verdict: "retry", rule: "RFC 5321 §4.2.1" },
  { phases: ["hello"], code: /^5/, verdict: "halt", rule: "RFC 5321 §4.1.4" },
  { phases: ["starttls"], code: /^4/, verdict: "retry", rule: "RFC 3207 §4" },
  { phases: ["starttls"], code: /^5/, verdict: "halt", rule: "RFC 3207 §4" },
  {
    phases: ["mail", "rcpt", "data", "dot"],
    code: /^4/,
    enhanced: /^4\.3\.[12]$/,
    verdict: "retry",
    rule: "RFC 3463 §3.4",
  },
  {
    phases: ["mail", "rcpt", "data", "dot"],
    code: /^5/,
    enhanced: size,
    verdict: "rejected",
    rule: "RULES §5, RFC 1870 §6",
  },
  { phases: ["mail"], code: /^(?:552|523)$/, verdict: "rejected", rule: "RFC 1870 §6" },
  { phases: ["mail"], code: /^4/, verdict: "retry", rule: "RFC 5321 §4.2.1" },
  // All readers have the one sender, so none of them would fare better.
  {
    phases: ["mail"],
    code: /^5/,
    verdict: "halt",
    rule: "RULES §5",
    hint: "Check the sender's address and what the server lets it send.",
  },
  { phases: ["rcpt"], code: /^4/, verdict: "later", rule: "RFC 6647 §5, RFC 5321 §4.5.3.1.10" },
  { phases: ["rcpt"], code: /^5/, enhanced: address, verdict: "rejected", rule: "RULES §5" },
  { phases: ["rcpt", "data"], code: /^503$/, verdict: "halt", rule: "RFC 5321 §4.1.4" },
  // A server that relays for nobody would fail every reader; one that has just accepted a mail means this reader alone.
  {
    phases: ["rcpt"],
    code: /^5/,
    words: /\brelay/i,
    unproven: true,
    verdict: "halt",
    rule: "RULES §5",
    hint: loginHint,
  },
  { phases: ["rcpt"], code: /^5/, verdict: "rejected", rule: "RULES §5" },
  { phases: ["data", "dot"], code: /^4/, verdict: "later", rule: "RFC 5321 §4.2.1" },
  { phases: ["data", "dot"], code: /^5/, verdict: "rejected", rule: "RULES §5" },
  // An answer that fits no dot proves nothing about the mail before it.
  { phases: ["dot"], code: /^/, verdict: "unsure", rule: "REL-01" },
  { code: /^/, verdict: "retry", rule: "RFC 5321 §4.3.2" },
];

const asked: Readonly<Record<Phase, string>> = {
  greeting: "turned the connection away",
  hello: "did not take our greeting",
  starttls: "would not begin TLS",
  auth: "refused the login",
  reset: "would not begin a mail",
  mail: "refused the sender",
  rcpt: "refused the recipient",
  data: "would not take a mail",
  dot: "gave no fit answer to a mail",
};

/** Whether a reply lets the dialogue go on. */
export function expected(phase: Phase, reply: Reply): boolean {
  if (phase === "data") return reply.code === 354;
  return reply.code >= 200 && reply.code < 300;
}

/** What a reply means; `proven`: the server has accepted a mail on this connection. */
export function judge(phase: Phase, reply: Reply, proven = false): { verdict: Verdict; reason: string } {
  if (expected(phase, reply)) return { verdict: "go", reason: "" };
  const code = String(reply.code);
  const enhanced = enhancedOf(reply);
  const words = wordsOf(reply);
  const row = replyTable.find(
    (one) =>
      (one.phases === undefined || one.phases.includes(phase)) &&
      one.code.test(code) &&
      (one.enhanced === undefined || one.enhanced.test(enhanced ?? "")) &&
      (one.words === undefined || one.words.test(words)) &&
      !(proven && one.unproven === true),
  );
  const verdict = row?.verdict ?? "retry";
  const said = sayReply(reply);
  if (verdict === "rejected" || verdict === "later") return { verdict, reason: said };
  const sentence = `The mail server ${asked[phase]}: ${said.replace(/[.!?]?$/, ".")}`;
  return { verdict, reason: row?.hint === undefined ? sentence : `${sentence} ${row.hint}` };
}

/** A reply in one line: `SMTP 550 5.1.1: no such user`. */
export function sayReply(reply: Reply): string {
  const enhanced = enhancedOf(reply);
  const words = wordsOf(reply);
  return `SMTP ${reply.code}${enhanced === null ? "" : ` ${enhanced}`}${words === "" ? "" : `: ${words}`}`;
}

/** Whose doing a refusal is, from a reason that begins as `sayReply` writes it (RULES §5). */
export function blameOf(reason: string): Blame {
  const enhanced = /^SMTP 5\d\d (5\.\d{1,3}\.\d{1,3})\b/.exec(reason)?.[1] ?? "";
  if (address.test(enhanced)) return "address";
  if (enhanced === "5.2.2") return "mailbox";
  return /^5\.(?:7|6|3)\./.test(enhanced) || size.test(enhanced) ? "sender" : "unknown";
}
