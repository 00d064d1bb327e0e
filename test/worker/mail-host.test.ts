import { describe, expect, onTestFinished, test, vi } from "vitest";
import { editInstance } from "../../src/instance/edit.ts";
import { createLog } from "../../src/log.ts";
import { createContext } from "../../src/worker/context.ts";
import { askOverHttps } from "../../src/worker/mail-host.ts";
import { type DnsRecord, type DnsReply, mailHostContract, type OpenResolver } from "../contract/mail-host.ts";
import { furnish, type Installation, openInstallation } from "./installation.ts";

function quiet(lines: string[] = []) {
  return createLog((line) => lines.push(line), Date.now);
}

function writeAnswer(domain: string, records: readonly DnsRecord[]) {
  let name = domain;
  return records.map((record) => {
    const owner = name;
    if (record.type === "MX") return { name: owner, type: 15, TTL: 60, data: `${record.preference} ${record.server}.` };
    name = record.target;
    return { name: owner, type: 5, TTL: 60, data: `${record.target}.` };
  });
}

/** As Cloudflare's resolver writes it; without records there is no Answer. */
function writeReply(domain: string, { code, records }: Exclude<DnsReply, string>): string {
  return JSON.stringify({
    ...{ Status: code, TC: false, RD: true, RA: true, AD: false, CD: false },
    Question: [{ name: domain, type: 15 }],
    ...(records.length === 0 ? {} : { Answer: writeAnswer(domain, records) }),
  });
}

/** Cloudflare's resolver, as far as it is used. */
function resolverOf(zone: ReadonlyMap<string, DnsReply>): { fetcher: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (`${request.method} ${url.origin}${url.pathname}` !== "GET https://cloudflare-dns.com/dns-query") {
      throw new Error(`nobody answers at ${request.method} ${url}`);
    }
    if (request.headers.get("accept") !== "application/dns-json") return new Response("", { status: 400 });
    const domain = url.searchParams.get("name") ?? "";
    asked.push(`${domain} ${url.searchParams.get("type")}`);
    const reply = zone.get(domain);
    if (reply === "garbled") return new Response("nonsense");
    if (reply !== undefined && reply !== "silent") return new Response(writeReply(domain, reply));
    return new Promise((_, reject) =>
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason), { once: true }),
    );
  };
  return { fetcher, asked };
}

const openResolver: OpenResolver = async (zone) => {
  const { fetcher, asked } = resolverOf(zone);
  return { ask: askOverHttps(quiet(), fetcher), asked };
};

mailHostContract(openResolver);

describe("the resolver", () => {
  const ask = async (answer: () => Promise<Response>, signal = new AbortController().signal) => {
    const lines: string[] = [];
    const said = await askOverHttps(quiet(lines), answer)("harbour.example", signal);
    return { said, lines };
  };

  test.each([
    ["cannot be reached", () => Promise.reject(new Error("connection refused")), "connection refused"],
    ["answers with a fault", async () => new Response("no", { status: 503 }), "status 503"],
    ["answers otherwise than it should", async () => new Response('{"Answer":[]}'), "Status"],
  ])("that %s is silent, and the log says why", async (_, answer, fault) => {
    const { said, lines } = await ask(answer);
    expect(said).toBe("silent");
    expect(lines.join("\n")).toContain("mail servers could not be asked for");
    expect(lines.join("\n")).toContain(fault);
  });

  test("that is too slow is silent, and the log is, too: name servers of anybody's domain may be so", async () => {
    const signal = AbortSignal.abort();
    const { said, lines } = await ask(() => Promise.reject(signal.reason), signal);
    expect(said).toBe("silent");
    expect(lines).toEqual([]);
  });

  test("names a server in a way that is none: it is silent, as if there were no answer", async () => {
    const told = { Status: 0, Answer: [{ name: "harbour.example", type: 15, TTL: 60, data: "\\# 3 000a00" }] };
    expect(await ask(async () => Response.json(told))).toEqual({ said: "silent", lines: [] });
  });
});

describe("a sign-up", () => {
  async function openAsking(zone: ReadonlyMap<string, DnsReply>): Promise<{ worker: Installation; asked: string[] }> {
    const { fetcher, asked } = resolverOf(zone);
    const spy = vi.spyOn(globalThis, "fetch").mockImplementation(fetcher);
    onTestFinished(() => spy.mockRestore());
    const worker = await openInstallation();
    await furnish(worker);
    return { worker, asked };
  }

  const signUp = async (worker: Installation, email: string) =>
    (await worker.post("/subscribe", { email, newsletter: "tide" })).status;

  test("asks nobody unless the operator wants it, and then for the domain alone", async () => {
    const zone = new Map<string, DnsReply>([["gone.tld", { code: 3, records: [] }]]);
    const { worker, asked } = await openAsking(zone);
    expect(await signUp(worker, "ada@gone.tld")).toBe(303);
    expect(asked).toEqual([]);
    await editInstance(createContext(worker.bindings, { bell: { ring() {} } }), { checkMx: true });
    expect(await signUp(worker, "ada@gone.tld")).toBe(422);
    expect(await signUp(worker, "bea@gone.tld")).toBe(422);
    expect(asked).toEqual(["gone.tld MX"]);
  });
});
