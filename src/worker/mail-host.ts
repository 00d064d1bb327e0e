import * as z from "zod";
import type { Log } from "../log.ts";
import type { AskMx, MxAnswer } from "../mail-host.ts";

/** Cloudflare's resolver, which answers in JSON; it is told the domain, and nothing of whoever has an address there. */
const resolver = "https://cloudflare-dns.com/dns-query";

/** Numbers of the DNS: RCODE (RFC 1035 §4.1.1) and TYPE (§3.2.2). */
const dns = { noError: 0, noSuchName: 3, mx: 15 } as const;

const schema = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).default([]),
});

/** Asks by one request over HTTPS: Workers have no other way to the DNS. */
export function askOverHttps(log: Log, fetcher: typeof fetch = fetch): AskMx {
  return async (domain, signal) => {
    try {
      const query = new URLSearchParams({ name: domain, type: "MX" });
      const headers = { accept: "application/dns-json" };
      const response = await fetcher(`${resolver}?${query}`, { headers, signal });
      const told = await response.text();
      if (!response.ok) throw new Error(`status ${response.status}`);
      return read(schema.parse(JSON.parse(told)));
    } catch (fault) {
      // A domain whose name servers are slow is no fault of ours.
      if (signal.aborted) return "silent";
      log.error("mail servers could not be asked for", {
        fault: fault instanceof Error ? fault.message : String(fault),
      });
      return "silent";
    }
  };
}

function read({ Status, Answer }: z.output<typeof schema>): MxAnswer {
  if (Status === dns.noSuchName) return "no-domain";
  if (Status !== dns.noError) return "silent";
  // An alias stands before what it leads to.
  const servers = Answer.filter(({ type }) => type === dns.mx).map(({ data }) => /^\d{1,5}\s+(\S+)$/.exec(data)?.[1]);
  return servers.every((server) => server !== undefined)
    ? servers.map((server) => server.replace(/\.$/, ""))
    : "silent";
}
