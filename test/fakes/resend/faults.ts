/** What goes wrong with one request. Faults are consumed in order by the first request that each of them matches. */
export interface Fault {
  /**
   * answer: this status and body · hang: no answer ever · reset: the connection is torn down ·
   * truncate: half the body, then a reset · drip: one byte at a time · ids: a wrong number of ids · twice: the answer, and once more.
   */
  readonly kind: "answer" | "hang" | "reset" | "truncate" | "drip" | "ids" | "twice";
  /** Whether the mails are accepted before it goes wrong. */
  readonly accept?: boolean;
  readonly status?: number;
  /** A string goes out as it stands, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** reset: before the body of the request is read. */
  readonly early?: boolean;
  /** drip: milliseconds between bytes. */
  readonly every?: number;
  /** ids: how many ids come back. */
  readonly count?: number;
  /** How often it strikes; 1 when absent. */
  readonly times?: number;
  readonly match?: {
    readonly path?: string;
    /** A part of the idempotency key. */
    readonly key?: string;
    /** A recipient of any of the mails. */
    readonly to?: string;
  };
}

function refusal(status: number, name: string, message: string, more: Partial<Fault> = {}): Fault {
  return { kind: "answer", status, body: { statusCode: status, name, message }, ...more };
}

const html = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>";

/** RULES §8.3, as far as HTTP is concerned, by name. */
export const faults = {
  oneBad400: refusal(400, "validation_error", "Invalid `to` field."),
  oneBad422: refusal(422, "validation_error", "Invalid `to` field."),
  named422: {
    kind: "answer",
    status: 422,
    body: { statusCode: 422, name: "validation_error", message: "Invalid `to` field.", index: 1 },
  },
  missingField422: refusal(422, "missing_required_field", "Missing `subject` field."),
  invalidParameter422: refusal(422, "invalid_parameter", "The parameter must be a valid UUID."),
  invalidFrom422: refusal(422, "invalid_from_address", "Invalid `from` field."),
  invalidAttachment422: refusal(422, "invalid_attachment", "Attachment must have either a `content` or `path`."),
  invalidAccess422: refusal(422, "invalid_access", "Access must be full_access or sending_access."),
  invalidRegion422: refusal(422, "invalid_region", "Region must be one of the known regions."),
  invalidKey400: refusal(400, "validation_error", "API key is invalid"),
  invalidKey422: refusal(422, "validation_error", "API key is invalid"),
  missingKey401: refusal(401, "missing_api_key", "Missing API key in the authorization header."),
  restrictedKey401: refusal(401, "restricted_api_key", "This API key is restricted to only send emails."),
  invalidKey403: refusal(403, "invalid_api_key", "API key is invalid."),
  unverified403: refusal(403, "validation_error", "The domain is not verified."),
  notFound404: refusal(404, "not_found", "The requested endpoint does not exist."),
  wrongMethod405: refusal(405, "method_not_allowed", "Method is not allowed for the requested path."),
  timeout408: { kind: "answer", status: 408, body: "" },
  security451: refusal(451, "security_error", "We may have found a security issue with the request."),
  badIdempotencyKey400: refusal(400, "invalid_idempotency_key", "The key must be between 1-256 chars."),
  mismatch409: refusal(409, "invalid_idempotent_request", "Same idempotency key used with a different payload."),
  concurrent409: refusal(409, "concurrent_idempotent_requests", "Same idempotency key used while in progress."),
  nameless409: { kind: "answer", status: 409, body: "" },
  tooLarge413: { kind: "answer", status: 413, body: "<html><body>413 Request Entity Too Large</body></html>" },
  rate429: refusal(429, "rate_limit_exceeded", "Too many requests.", { headers: { "retry-after": "2" } }),
  bareRate429: refusal(429, "rate_limit_exceeded", "Too many requests."),
  daily429: refusal(429, "daily_quota_exceeded", "You have reached your daily email quota."),
  monthly429: refusal(429, "monthly_quota_exceeded", "You have reached your monthly email quota."),
  teapot418: refusal(418, "im_a_teapot", "Unheard of."),
  internal500: refusal(500, "internal_server_error", "An unexpected error occurred."),
  application500: refusal(500, "application_error", "An unexpected error occurred."),
  null500: { kind: "answer", status: 500, body: "null" },
  html502: { kind: "answer", status: 502, body: html, headers: { "content-type": "text/html" } },
  accepted502: { kind: "answer", status: 502, body: html, accept: true },
  redirect301: { kind: "answer", status: 301, body: "", headers: { location: "/emails/batch?again" } },
  redirect308: { kind: "answer", status: 308, body: "", headers: { location: "/emails/batch?again" } },
  redirect307: { kind: "answer", status: 307, body: "", headers: { location: "/emails/batch?again" } },
  redirect303: { kind: "answer", status: 303, body: "", headers: { location: "/emails/batch?again" } },
  empty200: { kind: "answer", status: 200, body: "", accept: true },
  html200: { kind: "answer", status: 200, body: html, accept: true },
  null200: { kind: "answer", status: 200, body: "null", accept: true },
  truncated200: { kind: "truncate", accept: true },
  fewIds: { kind: "ids", count: 1, accept: true },
  manyIds: { kind: "ids", count: 101, accept: true },
  hang: { kind: "hang" },
  acceptedHang: { kind: "hang", accept: true },
  acceptedReset: { kind: "reset", accept: true },
  earlyReset: { kind: "reset", early: true },
  drip: { kind: "drip", every: 100, accept: true },
} as const satisfies Record<string, Fault>;

/** The request as far as faults can tell requests apart. */
export interface Seen {
  readonly path: string;
  readonly key: string;
  readonly body: string;
}

/** The script of faults yet to strike. */
export function createFaults() {
  let queue: { fault: Fault; left: number }[] = [];
  return {
    add: (added: readonly Fault[]): void => {
      queue.push(...added.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    clear: (): void => {
      queue = [];
    },
    left: (): readonly Fault[] => queue.map((entry) => entry.fault),
    /** Takes the first fault that matches; `early` looks only at those that strike before the body is read. */
    take: (seen: Seen, early: boolean): Fault | null => {
      const entry = queue.find(({ fault }) => (fault.early ?? false) === early && matches(fault, seen));
      if (entry === undefined) {
        return null;
      }
      entry.left -= 1;
      if (entry.left <= 0) {
        queue = queue.filter((other) => other !== entry);
      }
      return entry.fault;
    },
  };
}

function matches({ match = {} }: Fault, seen: Seen): boolean {
  return (
    (match.path === undefined || match.path === seen.path) &&
    (match.key === undefined || seen.key.includes(match.key)) &&
    (match.to === undefined || seen.body.includes(JSON.stringify(match.to)))
  );
}
