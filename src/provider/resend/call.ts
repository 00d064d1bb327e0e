import type { Outcome } from "../contract.ts";
import { judge } from "./errors.ts";

/** How to reach Resend; the values are checked by createResend. */
export interface Line {
  readonly apiKey: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly userAgent: string;
  /** Milliseconds for a whole call, from connecting to the last byte of the answer. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

/** A request body in one piece, as fetch takes it. */
export type Bytes = Uint8Array<ArrayBuffer>;

// What can only happen before a connection stands, so that no byte of the request has left (REL-11).
const beforeConnection = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Posts the bytes once, follows nothing, and judges what comes back. Never throws. */
export async function call(line: Line, path: string, headers: Headers, body: Bytes, count: number): Promise<Outcome> {
  const signal = AbortSignal.timeout(line.timeout);
  const init = { method: "POST", headers, body, signal, redirect: "manual" } as const;
  let response: Response;
  try {
    // Called bare: workerd refuses fetch with another `this`. It also lacks redirect "error", hence "manual".
    const { fetch } = line;
    response = await fetch(`${line.baseUrl}${path}`, init);
  } catch (error) {
    return judgeSilence(error, line.timeout);
  }
  let text: string | null = null;
  try {
    text = await response.text();
  } catch (error) {
    // The status of a refusal is proof enough; only a success needs its body.
    if (response.ok) {
      return judgeSilence(error, line.timeout);
    }
  }
  return judge({ status: response.status, headers: response.headers, body: text }, count);
}

/** One run of bytes out of many chunks. */
export function join(chunks: readonly Uint8Array[], size: number): Bytes {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

function judgeSilence(error: unknown, timeout: number): Outcome {
  if (isTimeout(error)) {
    return { result: "unsure", reason: `Resend did not answer in full within ${timeout} ms.` };
  }
  const causes = causesOf(error);
  const codes = [...new Set(causes.map((cause) => cause.code).filter((code) => code !== ""))];
  const detail = codes.join(", ") || (error instanceof Error ? error.message : String(error));
  if (causes.length > 0 && causes.every((cause) => cause.early)) {
    return { result: "retry", reason: `Resend cannot be reached (${detail}).` };
  }
  return { result: "unsure", reason: `The call to Resend broke off without an answer (${detail}).` };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}

interface Cause {
  readonly code: string;
  readonly early: boolean;
}

// fetch hides the reason in `cause`; one attempt per address of a host comes as an AggregateError.
function causesOf(error: unknown): Cause[] {
  const cause = error instanceof Error ? error.cause : undefined;
  const all = cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors : [cause];
  return all.filter((entry): entry is Error => entry instanceof Error).map(readCause);
}

function readCause(error: Error): Cause {
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  const text = typeof code === "string" ? code : "";
  return { code: text, early: beforeConnection.has(text) || syscall === "connect" || syscall === "getaddrinfo" };
}
