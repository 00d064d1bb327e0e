/** An IP address as its 16 bytes in hex would read: IPv4 ones stand in ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
export type Ip = bigint;

/** A block of addresses; `bits` of the 128 are fixed. */
export interface IpBlock {
  readonly base: Ip;
  readonly bits: number;
}

const mapped = 0xffffn << 32n;

/** Reads an IPv4 or IPv6 address, also one with a port, brackets or a zone, as proxies write them; otherwise null (SEC-16). */
export function readIp(text: string): Ip | null {
  const given = text.trim();
  if (given.length > 80) return null;
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(given)?.[1];
  const v4 = /^(\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?$/.exec(given)?.[1];
  if (v4 !== undefined) return readV4(v4);
  const bare = (bracketed ?? given).replace(/%[\w.-]+$/, "");
  return bare.includes(":") ? readV6(bare) : null;
}

function readV4(text: string): Ip | null {
  const parts = text.split(".");
  // A leading zero means octal to some readers, so that it means nothing here.
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith("0")))) return null;
  return mapped | parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function readV6(text: string): Ip | null {
  const tail = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  const low = tail?.[2] === undefined ? null : readV4(tail[2]);
  if (tail !== null && low === null) return null;
  const hex = (value: Ip) => (value & 0xffffn).toString(16);
  const spelled = tail === null || low === null ? text : `${tail[1]}${hex(low >> 16n)}:${hex(low)}`;
  const halves = spelled.split("::");
  if (halves.length > 2) return null;
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...left, ...Array<string>(missing).fill("0"), ...right];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or one address; otherwise null. */
export function readBlock(text: string): IpBlock | null {
  const [, address = "", length] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text.trim()) ?? [];
  const base = readIp(address);
  if (base === null || /^\[|\.\d+:\d+$/.test(address)) return null;
  const whole = address.includes(":") ? 128 : 32;
  const given = length === undefined ? whole : Number(length);
  if (given > whole) return null;
  return { base, bits: given + (128 - whole) };
}

/** Whether an address lies in a block. */
export function isIn(ip: Ip, { base, bits }: IpBlock): boolean {
  const rest = BigInt(128 - bits);
  return ip >> rest === base >> rest;
}

/** What counts as one household: an IPv4 address, or the /64 of an IPv6 one (SEC-16). */
export function networkOfIp(ip: Ip): string {
  if (ip >> 32n === 0xffffn) return [24n, 16n, 8n, 0n].map((shift) => String((ip >> shift) & 0xffn)).join(".");
  return [112n, 96n, 80n, 64n].map((shift) => ((ip >> shift) & 0xffffn).toString(16)).join(":");
}

/** The proxies in front that are believed: so many of them, or those with these addresses. */
export type TrustedProxies = { readonly hops: number } | { readonly blocks: readonly IpBlock[] };

/** Reads a number of proxies, or their addresses and blocks between commas; otherwise null. */
export function readProxies(text: string): TrustedProxies | null {
  if (/^\d{1,2}$/.test(text)) return { hops: Number(text) };
  const blocks = text.split(",").map(readBlock);
  const known = blocks.filter((block) => block !== null);
  return known.length === blocks.length ? { blocks: known } : null;
}

/** True for an address that only this machine can reach. */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname;
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host) || host.endsWith(".localhost");
}
