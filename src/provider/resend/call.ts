import type { Outcome } from "../contract.ts";
import type { Shape } from "./bytes.ts";
import { judge } from "./errors.ts";
import { NotSent, type Post } from "./post.ts";

/** How to reach Resend; the values are checked by createResend. */
export interface Line {
  readonly apiKey: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly userAgent: string;
  /** Milliseconds for a whole call, from connecting to the last byte of the answer. */
  readonly timeout: number;
  /** What becomes of a batch with a mail that Resend refuses (REL-07). */
  readonly validation: "strict" | "permissive";
  readonly post: Post;
}

/** What one call puts on the wire: so many mails as `chunks`, to a path, with these headers. */
export interface Load {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  readonly count: number;
  readonly shape: Shape;
}

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
export async function call(line: Line, load: Load): Promise<Outcome> {
  const { post, timeout } = line;
  const { path, headers, chunks, size } = load;
  try {
    return judge(await post({ url: `${line.baseUrl}${path}`, headers, chunks, size, timeout }), load.count, load.shape);
  } catch (error) {
    return judgeSilence(error, timeout);
  }
}

function judgeSilence(error: unknown, timeout: number): Outcome {
  const causes = causesOf(error);
  const codes = [...new Set(causes.map((cause) => cause.code).filter((code) => code !== ""))];
  const detail = codes.join(", ") || (error instanceof Error ? error.message : String(error));
  if (error instanceof NotSent || (causes.length > 0 && causes.every((cause) => cause.early))) {
    return { result: "retry", reason: `Resend cannot be reached (${detail}).` };
  }
  if (isTimeout(error)) {
    return { result: "unsure", reason: `Resend did not answer in full within ${timeout} ms.` };
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
