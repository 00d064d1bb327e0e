import { Resolver } from "node:dns/promises";
import type { AppContext } from "../context.ts";

/** How long a domain may take to answer, in ms: a person waits for the form (ADR-09). */
const patience = 1_000;

/** What was learnt is believed for so long, in ms. */
const remembered = 10 * 60_000;

const most = 10_000;

type Answer = "takes" | "refuses" | "unknown";

/**
 * Asks the DNS whether a domain takes mail; `servers` as `IP:PORT`, the machine's own unless given. What is not known in time is
 * `unknown`, and nobody is refused for it.
 */
export function createMailHost(clock: () => number, servers?: readonly string[]): NonNullable<AppContext["mailHost"]> {
  const known = new Map<string, { answer: Promise<Answer>; until: number }>();
  return (domain) => {
    const now = clock();
    const held = known.get(domain);
    if (held !== undefined && now < held.until) return held.answer;
    const answer = ask(domain, servers);
    if (known.size >= most) known.clear();
    known.set(domain, { answer, until: now + remembered });
    // A server that was silent may speak the next time.
    void answer.then((word) => word === "unknown" && known.delete(domain));
    return answer;
  };
}

async function ask(domain: string, servers: readonly string[] | undefined): Promise<Answer> {
  const resolver = new Resolver({ timeout: patience, tries: 1 });
  if (servers !== undefined) resolver.setServers(servers);
  const end = setTimeout(() => resolver.cancel(), patience);
  try {
    const servers = await resolver.resolveMx(domain);
    // RFC 7505: one server without a name means that the domain takes no mail.
    return servers.length > 0 && servers.every(({ exchange }) => exchange === "" || exchange === ".")
      ? "refuses"
      : "takes";
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? fault.code : "";
    // RFC 5321 §5.1: a domain without MX has its mail delivered to its own address; one that does not exist has none.
    return code === "ENOTFOUND" ? "refuses" : "unknown";
  } finally {
    clearTimeout(end);
  }
}
