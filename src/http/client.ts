import type { Config } from "../config.ts";
import { type Ip, isIn, networkOfIp, readIp } from "../networks.ts";
import { type Env, peerOf } from "./env.ts";

/** The one place of all whose address nobody knows: they share its limits (SEC-16). */
export const unknownNetwork = "";

/** The part of a request that tells who asks. */
interface Asking {
  readonly env?: Env["Bindings"] | undefined;
  readonly req: { header(name: string): string | undefined };
}

/**
 * The network that asks: an IPv4 address, or the /64 of an IPv6 one. The platform's own word or the socket's address, unless
 * TIDINGS_TRUST_PROXY names proxies: then the right-most address that none of them has (SEC-16).
 */
export function networkOf(config: Pick<Config, "trustProxy">, c: Asking): string {
  const ip = clientOf(config.trustProxy, c);
  return ip === null ? unknownNetwork : networkOfIp(ip);
}

function clientOf(trusted: Config["trustProxy"], c: Asking): Ip | null {
  const known = c.env?.client;
  if (known !== undefined) return known === null ? null : readIp(known);
  const peer = readIp(peerOf(c) ?? "");
  const header = c.req.header("x-forwarded-for") ?? "";
  const forwarded = header.trim() === "" ? [] : header.split(",").slice(-most);
  if ("hops" in trusted) {
    // Whoever is left of the last trusted hop may have written anything there.
    return trusted.hops === 0 ? peer : readIp(forwarded.at(-trusted.hops) ?? "");
  }
  for (const hop of [peer, ...forwarded.reverse().map(readIp)]) {
    if (hop === null || !trusted.blocks.some((block) => isIn(hop, block))) return hop;
  }
  // Only our own proxies have spoken.
  return peer;
}

/** Longer chains of proxies are nobody's. */
const most = 100;
