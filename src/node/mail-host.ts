import { Resolver } from "node:dns/promises";
import { type AskMx, patience } from "../mail-host.ts";

/** Asks by the DNS itself; `servers` as `IP:PORT`, the machine's own unless given. */
export function askDns(servers?: readonly string[]): AskMx {
  return async (domain, signal) => {
    // For each server that the machine lists; the signal ends all of them together.
    const resolver = new Resolver({ timeout: patience, tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel);
    try {
      return (await resolver.resolveMx(domain)).map(({ exchange }) => exchange.replace(/\.$/, ""));
    } catch (fault) {
      const code = fault instanceof Error && "code" in fault ? fault.code : "";
      if (code === "ENODATA") return [];
      return code === "ENOTFOUND" ? "no-domain" : "silent";
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}
