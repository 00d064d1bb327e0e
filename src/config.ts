import { AppError } from "./errors.ts";
import { mailServer } from "./mail-server.ts";
import { nearest } from "./nearest.ts";
import { isLoopback, readProxies, type TrustedProxies } from "./networks.ts";

type Parsed<T> = { value: T } | { fault: string };

interface Setting<T> {
  readonly name: string;
  readonly fallback: string;
  readonly help: string;
  readonly secret?: boolean;
  readonly parse: (text: string) => Parsed<T>;
}

function setting<T>(
  name: string,
  fallback: string,
  parse: (text: string) => Parsed<T>,
  help: string,
  secret = false,
): Setting<T> {
  return { name, fallback, parse, help, secret };
}

const text = (value: string): Parsed<string> => ({ value });

function optional(value: string): Parsed<string | null> {
  return { value: value === "" ? null : value };
}

function secretOf(least: number): (value: string) => Parsed<string | null> {
  return (value) => {
    if (value === "") return { value: null };
    return value.length >= least ? { value } : { fault: `must have at least ${least} characters` };
  };
}

function oneOf<const T extends string>(...choices: readonly T[]): (value: string) => Parsed<T> {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    return found === undefined ? { fault: `must be one of ${choices.join(", ")}` } : { value: found };
  };
}

function integer(least: number, most: number): (value: string) => Parsed<number> {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most
      ? { value: number }
      : { fault: `must be a whole number from ${least} to ${most}` };
  };
}

/** An http(s) origin with an optional path prefix, kept without a slash at the end. */
function baseUrl(value: string): Parsed<string> {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { fault: "must be a whole address that starts with https:// or http://" };
  }
  if (url.username !== "" || url.search !== "" || url.hash !== "") {
    return { fault: "must not contain a user, a query or a fragment" };
  }
  return { value: `${url.origin}${url.pathname.replace(/\/+$/, "")}` };
}

/**
 * A signing secret of Svix, decoded. An empty key signs for anybody, and to HMAC a key of zeros is the empty one (RULES §6.4).
 * No fault repeats what was given.
 */
function signingSecret(value: string): Parsed<Uint8Array | null> {
  if (value === "") return { value: null };
  const encoded = /^whsec_([A-Za-z0-9+/]*={0,2})$/.exec(value)?.[1];
  if (encoded === undefined) return { fault: "must be whsec_ and base64, as Resend shows it beside the webhook" };
  const key = fromBase64(encoded);
  if (key === null || key.length < 24 || key.length > 64 || key.every((byte) => byte === 0)) {
    return { fault: "must hold a key of 24 to 64 bytes in base64 behind whsec_: a piece of it seems to be missing" };
  }
  return { value: key };
}

function fromBase64(encoded: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
  } catch {
    // Cut off within a group of four: that is all atob says.
    return null;
  }
}

function trustedProxies(text: string): Parsed<TrustedProxies> {
  const value = readProxies(text);
  return value === null
    ? { fault: "must be the number of proxies in front, or addresses as in 10.0.0.0/8" }
    : { value };
}

/** The one table of settings (docs/settings.md says the same in operators' words). */
export const settings = {
  publicUrl: setting(
    "TIDINGS_PUBLIC_URL",
    "",
    text,
    "Address under which readers reach Tidings; every link starts with it",
  ),
  host: setting("TIDINGS_HOST", "127.0.0.1", text, "Address to listen on"),
  port: setting("TIDINGS_PORT", "8787", integer(0, 65_535), "Port to listen on; 0 picks a free one"),
  trustProxy: setting(
    "TIDINGS_TRUST_PROXY",
    "0",
    trustedProxies,
    "Proxies whose X-Forwarded-For is believed: how many, or their addresses",
  ),
  database: setting("TIDINGS_DATABASE", "data/tidings.db", text, "The SQLite file"),
  keys: setting("TIDINGS_KEYS", "data/keys", text, "The key ring; made at first start, mode 0600"),
  templates: setting("TIDINGS_TEMPLATES", "data/templates", text, "Folder whose files replace the built-in templates"),
  provider: setting("TIDINGS_PROVIDER", "outbox", oneOf("outbox", "resend", "smtp"), "Way out for mails"),
  outbox: setting("TIDINGS_OUTBOX", "data/outbox", text, "Folder where the outbox keeps mails"),
  outboxToken: setting("TIDINGS_OUTBOX_TOKEN", "", secretOf(16), "Opens /outbox to others than this machine", true),
  resendKey: setting("RESEND_API_KEY", "", optional, "API key of Resend", true),
  resendUrl: setting("RESEND_BASE_URL", "https://api.resend.com", baseUrl, "Address of Resend's API"),
  resendBatch: setting(
    "RESEND_BATCH",
    "strict",
    oneOf("strict", "permissive", "single"),
    "How mails go to Resend: a batch whole or not at all, a batch without its faulty mails, or each alone",
  ),
  webhookSecret: setting(
    "RESEND_WEBHOOK_SECRET",
    "",
    signingSecret,
    "Signing secret of Resend's webhook, whsec_…",
    true,
  ),
  smtpUrl: setting("SMTP_URL", "", mailServer, "smtps://USER:PASSWORD@HOST or smtp://… of the mail server", true),
  turnstileSecret: setting("TIDINGS_TURNSTILE_SECRET", "", optional, "Secret of Cloudflare's widget for forms", true),
  dkimKey: setting("TIDINGS_DKIM_KEY", "", optional, "File of the private key that mails by SMTP are signed with"),
  dkimSelector: setting("TIDINGS_DKIM_SELECTOR", "", optional, "Selector under which its public key stands in the DNS"),
  parallel: setting("TIDINGS_PARALLEL", "8", integer(1, 64), "Batches paid at the same time"),
  log: setting("TIDINGS_LOG", "info", oneOf("info", "silent"), "What is logged to standard error"),
} as const;

/** Settings of the command line only: where `tidings` finds a server other than this folder's own. */
export const clientSettings = {
  server: setting("TIDINGS_SERVER", "", text, "Server that the CLI talks to, instead of the database here"),
  token: setting("TIDINGS_TOKEN", "", optional, "Admin token for that server", true),
} as const;

/** Secrets of a Worker alone; on a machine, the first has a file and the second is made at the first start. */
export const workerSecrets = {
  keyRing: setting("TIDINGS_KEY_RING", "", optional, "The key ring, as `tidings keys new` prints it", true),
  firstToken: setting("TIDINGS_FIRST_TOKEN", "", secretOf(32), "The first admin token, valid once", true),
} as const;

type Value<S> = S extends Setting<infer T> ? T : never;

/** The settings of one process, parsed and cross-checked. */
export type Config = { readonly [K in keyof typeof settings]: Value<(typeof settings)[K]> };

/** The environment as given by an edge; nothing here reads it by itself. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Parses all settings at once; throws `misconfigured` that names every fault, not only the first. */
export function readConfig(environment: Environment): Config {
  const faults = unknownNames(environment);
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(settings)) {
    const given = environment[entry.name]?.trim() ?? "";
    const parsed: Parsed<unknown> = entry.parse(given === "" ? entry.fallback : given);
    if ("fault" in parsed) faults.push(`${entry.name} ${parsed.fault}${entry.secret ? "" : `, not "${given}"`}`);
    else values[key] = parsed.value;
  }
  if (faults.length === 0) faults.push(...crossChecks(values));
  if (faults.length > 0) throw misconfigured(faults);
  return values as unknown as Config;
}

function crossChecks(values: Record<string, unknown>): string[] {
  const faults: string[] = [];
  const given = values.publicUrl === "" ? `http://127.0.0.1:${values.port}` : String(values.publicUrl);
  const parsed = baseUrl(given);
  if ("fault" in parsed) return [`TIDINGS_PUBLIC_URL ${parsed.fault}, not "${given}"`];
  values.publicUrl = parsed.value;
  if (!parsed.value.startsWith("https://") && !isLoopback(parsed.value)) {
    faults.push(`TIDINGS_PUBLIC_URL must start with https:// unless it names this machine, not "${given}"`);
  }
  if (values.provider === "resend" && values.resendKey === null) {
    faults.push("RESEND_API_KEY is missing; TIDINGS_PROVIDER=resend needs it");
  }
  if (values.provider === "smtp" && values.smtpUrl === null) {
    faults.push("SMTP_URL is missing; TIDINGS_PROVIDER=smtp needs it");
  }
  if ((values.dkimKey === null) !== (values.dkimSelector === null)) {
    faults.push("TIDINGS_DKIM_KEY and TIDINGS_DKIM_SELECTOR go together");
  }
  if (values.provider === "outbox" && !isLoopback(parsed.value) && values.outboxToken === null) {
    faults.push(
      "TIDINGS_PROVIDER is outbox, which mails nobody, but TIDINGS_PUBLIC_URL is public; " +
        "set TIDINGS_PROVIDER=resend or smtp, or TIDINGS_OUTBOX_TOKEN to read the mails there if that is meant",
    );
  }
  return faults;
}

function unknownNames(environment: Environment): string[] {
  const known = [...Object.values(settings), ...Object.values(clientSettings)].map((entry) => entry.name);
  return Object.keys(environment)
    .filter((name) => name.startsWith("TIDINGS_") && !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `${name} is not a setting${near === null ? "" : `; did you mean ${near}?`}`;
    });
}

function misconfigured(faults: readonly string[]): AppError {
  const list = faults.map((fault) => `  - ${fault}`).join("\n");
  const count = faults.length === 1 ? "One setting is" : `${faults.length} settings are`;
  return new AppError("misconfigured", `${count} wrong:\n${list}`, {
    hint: "Settings come from the environment; docs/settings.md lists them all.",
    faults,
  });
}
