/** Why an address was refused, for forms, imports and logs. */
export type AddressFault =
  | "empty"
  | "too-long"
  | "no-at"
  | "many-ats"
  | "bad-local"
  | "non-ascii-local"
  | "bad-domain"
  | "reserved-domain";

/** `email` is what mail is sent to, `emailKey` what is unique (ADR-04), `abuseKey` for limits alone (ADR-05). All ASCII. */
export type ParsedAddress =
  | { ok: true; email: string; emailKey: string; abuseKey: string; domain: string }
  | { ok: false; fault: AddressFault };

/** RFC 5321 §4.5.3.1 and RFC 3696 erratum 1690, in octets; a total of 254 keeps the domain below its 253. */
const LONGEST = { typed: 1024, total: 254, local: 64 } as const;

/** The local part of WHATWG's `input type=email`: one class, so linear. */
const LOCAL = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+$/;
/** Two labels or more; the last is of letters alone, or an A-label. One pattern: it runs for every mail. */
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$/;

/** RFC 2606, 6761, 6762, 7686, 8375 and 9476, and `test.com`, which Resend refuses together with the whole batch. */
const RESERVED_TOPS = new Set(["example", "test", "invalid", "localhost", "local", "onion", "alt", "internal"]);
const RESERVED_NAMES = ["example.com", "example.net", "example.org", "home.arpa"];
const RESERVED_EXACTLY = new Set(["test.com"]);

/**
 * Providers where one mailbox has several addresses without its reader's doing: domains, of which the first stands for all, and
 * signs that tell no two mailboxes apart.
 */
const mailboxes = new Map(
  (
    [
      ["gmail.com googlemail.com", /\./g, ""],
      ["proton.me protonmail.com protonmail.ch pm.me", /[._-]/g, ""],
      ["icloud.com me.com mac.com", /(?!)/g, ""],
      ["yandex.ru ya.ru yandex.com yandex.ua yandex.by yandex.kz", /\./g, "-"],
    ] as const
  ).flatMap(([domains, ignored, by]) => {
    const [home = "", ...others] = domains.split(" ");
    return [home, ...others].map((domain) => [domain, { home, ignored, by }] as const);
  }),
);

/** Providers that give each mailbox a subdomain, at which it gets whatever is sent. */
const subdomained = new Set(
  `fastmail.com fastmail.fm fastmail.net fastmail.co.uk fastmail.com.au fastmail.es fastmail.im fastmail.in fastmail.jp
  fastmail.mx fastmail.nl fastmail.se fastmail.to fastmail.uk fastmail.us`.split(/\s+/),
);

/** Reads one bare address as typed, by ADR-01 to 05 and FMT-30. Lengths are checked before any pattern (SEC-09). */
export function parseAddress(input: string, options: { allowReserved?: boolean } = {}): ParsedAddress {
  const typed = input.trim();
  if (typed === "") return refuse("empty");
  if (typed.length > LONGEST.typed) return refuse("too-long");

  const at = typed.indexOf("@");
  if (at === -1) return refuse("no-at");
  if (typed.indexOf("@", at + 1) !== -1) return refuse("many-ats");

  const local = typed.slice(0, at);
  const localFault = faultOfLocal(local);
  if (localFault !== null) return refuse(localFault);

  const domain = toAsciiDomain(typed.slice(at + 1));
  if (domain === null) return refuse("bad-domain");
  if (local.length + 1 + domain.length > LONGEST.total) return refuse("too-long");
  if (options.allowReserved !== true && isReserved(domain)) return refuse("reserved-domain");

  const key = lowerAscii(local);
  return {
    ok: true,
    email: `${local}@${domain}`,
    emailKey: `${key}@${domain}`,
    abuseKey: abuseKey(key, domain),
    domain,
  };
}

/** `reader@example.com` → `r•••@example.com`: enough to recognise, too little to mail (DOI-07). */
export function maskAddress(email: string): string {
  const at = email.lastIndexOf("@");
  if (at === -1) return "•••";
  const [first = ""] = email.slice(0, at);
  return `${first}•••${email.slice(at)}`;
}

/** One friendly sentence or two for the form: what is wrong with the address, and the remedy. */
export function explainAddress(fault: AddressFault): string {
  switch (fault) {
    case "empty":
      return "Please enter your email address.";
    case "too-long":
      return "This address is longer than email allows. Please check it, and enter one address only.";
    case "no-at":
      return "An email address has an @ in the middle, as in name@example.com. Please add what is missing.";
    case "many-ats":
      return "There is more than one @ here. Please enter one address only.";
    case "bad-local":
      return "The part before the @ is missing or holds a character that cannot be there. Please enter the bare address, as in name@example.com.";
    case "non-ascii-local":
      return "We cannot send to addresses with accents or other special letters before the @ yet. Please use another address.";
    case "bad-domain":
      return "The part after the @ is not a complete domain, as in name@example.com. Please check it for typing errors.";
    case "reserved-domain":
      return "This domain exists for examples only and receives no mail. Please enter your real address.";
  }
}

/** ASCII letters only: Unicode folding would merge different readers, as U+212A with k (ADR-04). */
export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()) : text;
}

function refuse(fault: AddressFault): ParsedAddress {
  return { ok: false, fault };
}

function faultOfLocal(local: string): AddressFault | null {
  if (hasNonAscii(local)) return "non-ascii-local";
  if (local.length > LONGEST.local) return "too-long";
  return LOCAL.test(local) ? null : "bad-local";
}

/** The A-label form in lower case without a trailing dot, or null when it is no public host name (ADR-03). IDNA brings NFC. */
function toAsciiDomain(typed: string): string | null {
  const name = typed.endsWith(".") ? typed.slice(0, -1) : typed;
  const plain = lowerAscii(name);
  // ASCII never passes through URL parsing, whose checks of ready-made A-labels differ between runtimes.
  if (!hasNonAscii(plain)) return isHostName(plain) ? plain : null;
  if (!isSafeForIdna(plain)) return null;
  const host = URL.parse(`http://${plain}/`)?.hostname ?? null;
  return host !== null && isHostName(host) ? host : null;
}

function isHostName(name: string): boolean {
  return HOST_NAME.test(name);
}

/**
 * URL parsing drops invisible characters and turns full-width letters into others (ADR-03): what is not ASCII
 * must be visible and must stay so. The joiners remain; IDNA checks their context (UTS #46).
 */
function isSafeForIdna(name: string): boolean {
  for (const char of name) {
    if (/[a-z0-9.-]/.test(char) || char === "\u200c" || char === "\u200d") continue;
    if (!hasNonAscii(char) || /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u3002]/u.test(char)) return false;
    if (/[\0-\x7f\u3002]/.test(char.normalize("NFKC"))) return false;
  }
  return true;
}

function isReserved(domain: string): boolean {
  const top = domain.slice(domain.lastIndexOf(".") + 1);
  if (RESERVED_TOPS.has(top) || RESERVED_EXACTLY.has(domain)) return true;
  return RESERVED_NAMES.some((name) => domain === name || domain.endsWith(`.${name}`));
}

function abuseKey(local: string, domain: string): string {
  const own = ownSubdomain(domain);
  if (own !== null) return own;
  const plus = local.indexOf("+");
  const bare = plus > 0 ? local.slice(0, plus) : local;
  const many = mailboxes.get(domain);
  if (many === undefined) return `${bare}@${domain}`;
  return `${bare.replaceAll(many.ignored, many.by) || bare}@${many.home}`;
}

/** `anything@rosa.fastmail.com` is rosa@fastmail.com's; null for any other domain. */
function ownSubdomain(domain: string): string | null {
  const dot = domain.indexOf(".");
  const parent = domain.slice(dot + 1);
  return subdomained.has(parent) ? `${domain.slice(0, dot)}@${parent}` : null;
}

function hasNonAscii(text: string): boolean {
  return /[^\0-\x7f]/.test(text);
}
