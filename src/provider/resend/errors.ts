import type { Outcome, Pace } from "../contract.ts";
import type { Shape } from "./bytes.ts";
import { memberOf, parseJson, plain, textOf } from "./json.ts";
import { paceOf } from "./pace.ts";
import type { Answer } from "./post.ts";
import { readSuccess } from "./success.ts";

type Failure = Exclude<Outcome["result"], "accepted">;

interface Row {
  readonly status: number | "4xx" | "5xx" | "other";
  /** Absent: whatever the body says, or when it says nothing. */
  readonly names?: readonly string[];
  readonly message?: RegExp;
  readonly result: Failure;
  /** In doubt, and yet no sign of an outage. */
  readonly answered?: true;
  readonly hint?: string;
}

const memberFaults = [
  "validation_error",
  "missing_required_field",
  "invalid_parameter",
  "invalid_from_address",
  "invalid_attachment",
];
const keyHint = "Check the API key of Resend and what it may do.";

/** RULES §6.3, first match wins. Only what proves that nothing was accepted may be anything but `unsure`. */
export const errorTable: readonly Row[] = [
  // A redirect that asks for the same POST elsewhere was not acted upon (RFC 9110 §15.4.2, §15.4.8, §15.4.9).
  { status: 301, result: "halt", hint: "Set the base URL to where it redirects." },
  { status: 307, result: "halt", hint: "Set the base URL to where it redirects." },
  { status: 308, result: "halt", hint: "Set the base URL to where it redirects." },
  // Resend names an unknown key `validation_error` too (resend-node#617); bisecting would fail every reader for it.
  { status: 400, names: ["validation_error"], message: /\bapi[ _-]?key\b/i, result: "halt", hint: keyHint },
  { status: 422, names: ["validation_error"], message: /\bapi[ _-]?key\b/i, result: "halt", hint: keyHint },
  { status: 400, names: ["invalid_idempotency_key"], result: "conflict" },
  { status: 400, names: memberFaults, result: "rejected" },
  { status: 401, result: "halt", hint: keyHint },
  { status: 403, result: "halt", hint: "Check that the sender's domain is verified at Resend and the key may use it." },
  { status: 404, result: "halt", hint: "Check the base URL of Resend." },
  { status: 405, result: "halt", hint: "Check the base URL of Resend." },
  { status: 408, result: "unsure" },
  { status: 409, names: ["invalid_idempotent_request"], result: "conflict" },
  // The first call with this key still runs, so it may yet be accepted. The same holds for a 409 without a name.
  { status: 409, names: ["concurrent_idempotent_requests"], result: "unsure", answered: true },
  { status: 409, result: "unsure", answered: true },
  { status: 413, result: "rejected" },
  { status: 422, names: ["invalid_access", "invalid_region"], result: "halt" },
  { status: 422, names: memberFaults, result: "rejected" },
  { status: 429, names: ["daily_quota_exceeded", "monthly_quota_exceeded"], result: "pause" },
  { status: 429, result: "retry" },
  { status: 451, result: "halt", hint: "Resend has blocked this account or sender; ask its support." },
  { status: "4xx", result: "halt" },
  { status: "5xx", result: "unsure" },
  { status: "other", result: "unsure" },
];

/** Longest wait taken over from a provider, in milliseconds. */
export const longestWait = 3_600_000;

/** Turns any answer to `count` mails into its outcome; accepted only with one id per mail (REL-08). */
export function judge(answer: Answer, count: number, shape: Shape = "array"): Outcome {
  const body = parseJson(answer.body);
  if (answer.status >= 200 && answer.status < 300) {
    return judgeSuccess(answer, body, count, shape);
  }
  const name = textOf(body, "name");
  const message = textOf(body, "message");
  const row = errorTable.find((candidate) => matches(candidate, answer.status, name, message));
  const reason = describe(answer.status, name, message, row?.hint);
  const after = waitOf(answer.headers);
  switch (row?.result) {
    case "halt":
    case "conflict":
      return { result: row.result, reason };
    case "rejected": {
      const index = indexOf(body, count);
      return { result: "rejected", reason, ...(index === undefined ? {} : { index }) };
    }
    case "retry":
      return {
        ...{ result: "retry", reason, limited: true },
        ...(after === undefined ? {} : { after }),
        ...withPace(answer.headers),
      };
    case "pause":
      return { result: "pause", reason, ...(after === undefined ? {} : { after }) };
    default:
      return {
        ...{ result: "unsure", reason },
        ...(after === undefined ? {} : { after }),
        ...(row?.answered === true ? { answered: true } : {}),
      };
  }
}

function matches(row: Row, status: number, name: string, message: string): boolean {
  const group = status >= 500 ? "5xx" : status >= 400 ? "4xx" : "other";
  return (
    (row.status === status || row.status === group) &&
    (row.names === undefined || row.names.includes(name)) &&
    (row.message === undefined || row.message.test(message))
  );
}

function judgeSuccess(answer: Answer, body: unknown, count: number, shape: Shape): Outcome {
  const read = readSuccess(body, count, shape);
  if (read !== null) {
    return read.result === "accepted" ? { ...read, ...withPace(answer.headers) } : read;
  }
  const data = memberOf(body, "data");
  const found =
    answer.body === null ? "an answer that broke off" : Array.isArray(data) ? `${data.length} ids` : "no ids";
  return { result: "unsure", reason: `Resend answered ${answer.status} with ${found} for ${count} mails.` };
}

function withPace(headers: Headers): { pace?: Pace } {
  const pace = paceOf(headers);
  return pace === undefined ? {} : { pace };
}

/** The wait that the provider asks for, in milliseconds, at most an hour; undefined when it names none. */
export function waitOf(headers: Headers): number | undefined {
  const asked =
    seconds(headers.get("retry-after"), headers.get("date")) ?? seconds(headers.get("ratelimit-reset"), null);
  return asked === undefined ? undefined : Math.min(Math.ceil(asked * 1000), longestWait);
}

// A date is read against the answer's own Date, so that our clock, right or wrong, has no part in it.
function seconds(value: string | null, date: string | null): number | undefined {
  if (value === null) {
    return undefined;
  }
  if (/^\s*\d{1,10}(\.\d+)?\s*$/.test(value)) {
    return Number(value);
  }
  const span = Date.parse(value) - Date.parse(date ?? "");
  return Number.isFinite(span) ? Math.max(0, span / 1000) : undefined;
}

function describe(status: number, name: string, message: string, hint: string | undefined): string {
  const detail = plain(message);
  const parts = [`Resend answered ${status}${name === "" ? "" : ` ${plain(name)}`}`, detail].filter(
    (part) => part !== "",
  );
  const sentence = parts.join(": ").replace(/[.!?]?$/, ".");
  return hint === undefined ? sentence : `${sentence} ${hint}`;
}

function indexOf(body: unknown, count: number): number | undefined {
  const index = memberOf(body, "index");
  return typeof index === "number" && Number.isInteger(index) && index >= 0 && index < count ? index : undefined;
}
