import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Ledger } from "./ledger.ts";
import { createLimiter } from "./limiter.ts";
import { isRefusal, type Mail, type Refusal, type Rules, readMail, refusal } from "./rules.ts";

export interface ApiOptions extends Rules {
  /** The only key that is let in; null accepts any. */
  readonly apiKey: string | null;
  /** Requests per second; null enforces none. */
  readonly rate: number | null;
  /** Largest body, in bytes. */
  readonly maxBytes: number;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

const day = 86_400_000;

/** What the API does with a whole request. `pause` is awaited while a key counts as running. */
export function createApi(options: ApiOptions, ledger: Ledger, clock: () => number, pause: () => Promise<void>) {
  const limiter = createLimiter(options.rate, clock);
  // Whether a refused request uses up its key is not documented: the worst is assumed (RULES §6.2).
  const bound = new Map<string, { hash: string; at: number; running: boolean }>();
  let conflicts = 0;

  async function post(request: Request): Promise<[number, unknown]> {
    const key = request.headers["idempotency-key"] ?? null;
    if (key !== null && (typeof key !== "string" || key.length < 1 || key.length > 256)) {
      return refused(refusal(400, "invalid_idempotency_key", "The key must be between 1-256 chars."));
    }
    if (request.body.length > options.maxBytes) {
      return [413, "<html><body>413 Request Entity Too Large</body></html>"];
    }
    if (key === null) {
      await pause();
      return settle(request, null, "");
    }
    const hash = createHash("sha256").update(request.path).update(request.body).digest("hex");
    const old = fresh(ledger.calls.get(key)) ?? fresh(bound.get(key));
    if (old !== undefined && old.hash !== hash) {
      conflicts += 1;
      return refused(refusal(409, "invalid_idempotent_request", "Same idempotency key used with a different payload."));
    }
    if (bound.get(key)?.running) {
      return refused(refusal(409, "concurrent_idempotent_requests", "Same idempotency key used while in progress."));
    }
    if (old !== undefined && "answer" in old) {
      return [200, old.answer];
    }
    const claim = { hash, at: clock(), running: true };
    bound.set(key, claim);
    try {
      await pause();
      return settle(request, key, hash);
    } finally {
      claim.running = false;
    }
  }

  function fresh<Entry extends { at: number }>(entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && clock() - entry.at < day ? entry : undefined;
  }

  function settle(request: Request, key: string | null, hash: string): [number, unknown] {
    const single = request.path === "/emails";
    const permissive = !single && request.headers["x-batch-validation"] === "permissive";
    const list = readBody(request.body, single);
    if (!Array.isArray(list)) {
      return refused(list);
    }
    const results = list.map((mail) => readMail(mail, options));
    const first = results.find(isRefusal);
    if (first !== undefined && !permissive) {
      return refused(first);
    }
    const mails = results.filter((result): result is Mail => !isRefusal(result));
    const errors = results.flatMap((result, index) => (isRefusal(result) ? [{ index, message: result.message }] : []));
    const answer = (ids: string[]): unknown =>
      single ? { id: ids[0] } : { data: ids.map((id) => ({ id })), ...(permissive ? { errors } : {}) };
    return [200, ledger.accept(mails, { key, hash, at: clock() }, answer)];
  }

  async function answer(request: Request): Promise<Reply> {
    const [status, body, headers] = admit(request, options) ?? limiter.refuse() ?? (await route(request));
    return { status, body, headers: { ...limiter.headers(), ...headers } };
  }

  async function route(request: Request): Promise<[number, unknown, Record<string, string>?]> {
    const sends = request.path === "/emails" || request.path === "/emails/batch";
    if (sends && request.method === "POST") {
      return post(request);
    }
    if (request.path === "/domains" && request.method === "GET") {
      const data = (options.domains ?? []).map((name) => ({ id: `domain-${name}`, name, status: "verified" }));
      return [200, { object: "list", has_more: false, data }];
    }
    const id = /^\/emails\/([\w-]+)$/.exec(request.path)?.[1];
    const found = request.method === "GET" ? ledger.mails.filter((mail) => mail.id === id) : [];
    const [mail] = found;
    if (mail !== undefined) {
      const { from, subject, html, text, tags } = mail;
      const to = found.map((entry) => entry.recipient);
      const created_at = new Date(mail.at).toISOString();
      return [200, { object: "email", id, from, to, subject, html, text, tags, created_at, last_event: "sent" }];
    }
    return sends || request.path === "/domains"
      ? refused(refusal(405, "method_not_allowed", "Method is not allowed for the requested path."))
      : refused(refusal(404, "not_found", "The requested endpoint does not exist."));
  }

  function forget(): void {
    bound.clear();
    conflicts = 0;
    limiter.set(undefined);
  }

  return { answer, forget, conflicts: (): number => conflicts, limit: limiter.set };
}

function admit(request: Request, options: ApiOptions): [number, unknown, Record<string, string>?] | null {
  if ((request.headers["user-agent"] ?? "") === "") {
    return [403, "error code: 1010", { "content-type": "text/plain" }];
  }
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) {
    return refused(refusal(401, "missing_api_key", "Missing API key in the authorization header."));
  }
  if (options.apiKey !== null && token !== options.apiKey) {
    return refused(refusal(403, "invalid_api_key", "API key is invalid."));
  }
  return null;
}

function readBody(body: Buffer, single: boolean): unknown[] | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return refusal(400, "validation_error", "The request body is not valid JSON.");
  }
  if (single) {
    return [value];
  }
  if (!Array.isArray(value) || value.length === 0 || value.length > 100) {
    return refusal(422, "validation_error", "The batch must be an array of 1 to 100 emails.");
  }
  return value;
}

function refused(fault: Refusal): [number, Refusal] {
  return [fault.statusCode, fault];
}
