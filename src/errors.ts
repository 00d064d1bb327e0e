/** Every way in which Tidings refuses a request. Anything else that is thrown is a bug. */
export const errorCodes = [
  "invalid",
  "not-found",
  "conflict",
  "refused",
  "preflight",
  "unauthorized",
  "forbidden",
  "too-large",
  "too-many",
  "unavailable",
  "misconfigured",
  "internal",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const outcomes: Record<ErrorCode, { status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503; exit: number }> =
  {
    invalid: { status: 422, exit: 2 },
    "not-found": { status: 404, exit: 1 },
    conflict: { status: 409, exit: 5 },
    refused: { status: 409, exit: 5 },
    preflight: { status: 422, exit: 3 },
    unauthorized: { status: 401, exit: 6 },
    forbidden: { status: 403, exit: 6 },
    "too-large": { status: 413, exit: 2 },
    "too-many": { status: 429, exit: 1 },
    unavailable: { status: 503, exit: 1 },
    misconfigured: { status: 500, exit: 1 },
    internal: { status: 500, exit: 1 },
  };

/** What may travel with an error to whoever must act on it. */
export interface ErrorDetails {
  /** The field, setting or flag at fault. */
  readonly field?: string;
  /** What to do about it, in one sentence. */
  readonly hint?: string;
  /** Further faults found at the same time. */
  readonly faults?: readonly unknown[];
}

/** A refused request: `message` names the fault, `details.hint` the remedy. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** The HTTP status that answers an error code. */
export function httpStatus(code: ErrorCode): 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 503 {
  return outcomes[code].status;
}

/** The process exit code that answers an error code. */
export function exitCode(code: ErrorCode): number {
  return outcomes[code].exit;
}
