import type { Pace } from "../contract.ts";

/** A limit above this is none: it would only make numbers overflow further on. */
const mostCalls = 1_000_000;

/** Seconds; longer windows are quotas, which have answers of their own. */
const longestWindow = 3_600;

interface Policy {
  readonly calls: number;
  /** Seconds. */
  readonly window: number;
}

/**
 * How many calls the provider allows in which time, by the ratelimit headers of an answer (RULES §6.3); undefined where it does
 * not say so, or says what cannot be. Without a policy the window is a second, as Resend's is.
 */
export function paceOf(headers: Headers): Pace | undefined {
  const policies = readPolicies(headers.get("ratelimit-policy"));
  const limit = wholeNumber(headers.get("ratelimit-limit"), 1, mostCalls);
  const policy = policies.find(({ calls }) => calls === limit) ?? strictest(policies);
  const calls = limit ?? (headers.has("ratelimit-limit") ? undefined : policy?.calls);
  const window = policy?.window ?? 1;
  if (calls === undefined || !isBelievable(headers, calls, window)) return undefined;
  return { calls, span: window * 1_000 };
}

/** More calls left than there are, or a window that ends after its own length: these headers mean something else. */
function isBelievable(headers: Headers, calls: number, window: number): boolean {
  const remaining = headers.get("ratelimit-remaining");
  const reset = headers.get("ratelimit-reset");
  return (
    (remaining === null || wholeNumber(remaining, 0, calls) !== undefined) &&
    (reset === null || (/^\s*\d{1,10}(\.\d+)?\s*$/.test(reset) && Number(reset) <= window))
  );
}

/** `5;w=1, 100;w=60`, and the later spelling `"default";q=5;w=1`. */
function readPolicies(value: string | null): Policy[] {
  return (value ?? "").split(",").flatMap((item) => {
    const calls = wholeNumber(/(?:^|;)\s*q=(\d+)\s*(?:;|$)/.exec(item)?.[1] ?? item.split(";")[0] ?? "", 1, mostCalls);
    const window = wholeNumber(/;\s*w=(\d+)\s*(?:;|$)/.exec(item)?.[1] ?? "", 1, longestWindow);
    return calls === undefined || window === undefined ? [] : [{ calls, window }];
  });
}

function strictest(policies: readonly Policy[]): Policy | undefined {
  return policies.toSorted((a, b) => a.calls / a.window - b.calls / b.window)[0];
}

function wholeNumber(text: string | null, least: number, most: number): number | undefined {
  const number = text !== null && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
