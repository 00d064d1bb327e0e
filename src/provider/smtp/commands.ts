import { parseAddress } from "../../mail/address.ts";

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const dotAtom = new RegExp(`^${atom}(?:\\.${atom})*$`);
/** What needs no second look: atoms, and a domain in A-labels. */
const usual = new RegExp(`^${atom}(?:\\.${atom})*@(?:[a-z0-9-]{1,63}\\.)+[a-z0-9-]{2,63}$`);

/**
 * An address as it stands between `<` and `>` in MAIL and RCPT (RFC 5321 §4.1.2): ASCII, the domain in A-labels, the local
 * part quoted where it must be. Throws for anything but one bare address, so that no command can be smuggled in (FMT-15).
 */
export function envelopeAddress(address: string): string {
  if (address.length <= 254 && usual.test(address)) return address;
  const parsed = parseAddress(address, { allowReserved: true });
  if (!parsed.ok) throw new Error(`Not one bare address (${parsed.fault}).`);
  const local = parsed.email.slice(0, parsed.email.lastIndexOf("@"));
  return dotAtom.test(local) ? parsed.email : `"${local.replace(/["\\]/g, "\\$&")}"@${parsed.domain}`;
}

/** The lines of MAIL, RCPT and DATA of one mail, each with its line end. `size` in octets, for servers that ask (RFC 1870). */
export function openingLines(mail: { readonly from: string; readonly to: string }, size: number | null) {
  return {
    mail: `MAIL FROM:<${mail.from}>${size === null ? "" : ` SIZE=${size}`}\r\n`,
    rcpt: `RCPT TO:<${mail.to}>\r\n`,
    data: "DATA\r\n",
  } as const;
}

/** Who we say we are: the name, where it is a public one, else the address that the connection has here (RFC 5321 §4.1.4). */
export function helloName(name: string | null, localAddress: string): string {
  if (name !== null && /^(?=.{4,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(name) && !/^[\d.]+$/.test(name)) return name;
  const plain = localAddress.replace(/^::ffff:(?=[\d.]+$)/i, "").replace(/%.*$/, "");
  if (/^[\d.]+$/.test(plain)) return `[${plain}]`;
  return /^[0-9a-f:.]+$/i.test(plain) ? `[IPv6:${plain}]` : "[127.0.0.1]";
}

/** What a server offers, from the lines of its answer to EHLO (RFC 5321 §4.1.1.1). */
export interface Offers {
  readonly starttls: boolean;
  readonly pipelining: boolean;
  /** Largest message in octets, as far as it says; null: it takes no SIZE. */
  readonly size: number | null;
  /** In capitals. */
  readonly auth: readonly string[];
}

/** Reads the answer to EHLO; one to HELO offers nothing. */
export function readOffers(lines: readonly string[]): Offers {
  const words = lines.slice(1).map((line) =>
    line
      .trim()
      .toUpperCase()
      .split(/[ \t]+/),
  );
  const size = words.find(([name]) => name === "SIZE");
  // Some old servers write AUTH=LOGIN beside or in place of AUTH LOGIN.
  const auth = words.flatMap(([name = "", ...rest]) =>
    name === "AUTH" ? rest : name.startsWith("AUTH=") ? [name.slice(5), ...rest] : [],
  );
  const limit = Number(size?.[1] ?? 0);
  return {
    starttls: words.some(([name]) => name === "STARTTLS"),
    pipelining: words.some(([name]) => name === "PIPELINING"),
    size: size === undefined ? null : Number.isSafeInteger(limit) && limit > 0 ? limit : 0,
    auth,
  };
}

/** How to log in: the safest way on offer that may be used here; a password in the clear needs a private connection. */
export function chooseAuth(offers: readonly string[], isPrivate: boolean): "PLAIN" | "LOGIN" | "CRAM-MD5" | null {
  const ways = isPrivate ? (["PLAIN", "LOGIN", "CRAM-MD5"] as const) : (["CRAM-MD5"] as const);
  return ways.find((way) => offers.includes(way)) ?? null;
}
