import { expect, test } from "vitest";
import { type AskMx, createMailHost, type MailHostWord } from "../../src/mail-host.ts";

/** A record of a zone; names without a dot at their end, `""` for the root. */
export type DnsRecord =
  | { readonly type: "MX"; readonly preference: number; readonly server: string }
  | { readonly type: "CNAME"; readonly target: string };

/** What is answered for a domain: a reply, none at all, or one that nobody can read. */
export type DnsReply = { readonly code: number; readonly records: readonly DnsRecord[] } | "silent" | "garbled";

/** A resolver of this kind over a zone, and what it was asked, as in "harbour.example MX". */
export type OpenResolver = (zone: ReadonlyMap<string, DnsReply>) => Promise<{ ask: AskMx; asked: readonly string[] }>;

interface Case {
  readonly what: string;
  readonly domain: string;
  readonly reply: DnsReply;
  readonly word: MailHostWord;
}

const mx = (server: string, preference = 10): DnsRecord => ({ type: "MX", preference, server });
const found = (...records: DnsRecord[]): DnsReply => ({ code: 0, records });
const failed = (code: number, ...records: DnsRecord[]): DnsReply => ({ code, records });
const alias: DnsRecord = { type: "CNAME", target: "quay.example" };

const cases: readonly Case[] = [
  { what: "one server", domain: "harbour.example", reply: found(mx("mx.harbour.example")), word: "takes" },
  {
    what: "several servers",
    domain: "pier.example",
    reply: found(mx("a.pier.example"), mx("b.pier.example", 65_535)),
    word: "takes",
  },
  {
    what: "a server at the end of an alias",
    domain: "alias.example",
    reply: found(alias, mx("mx.quay.example")),
    word: "takes",
  },
  {
    what: "a server beside one without a name",
    domain: "both.example",
    reply: found(mx("", 0), mx("mx.both.example")),
    word: "takes",
  },
  { what: "none, by a null MX (RFC 7505)", domain: "null.example", reply: found(mx("", 0)), word: "refuses" },
  { what: "no such domain", domain: "gone.example", reply: failed(3), word: "refuses" },
  { what: "an alias that leads nowhere", domain: "adrift.example", reply: failed(3, alias), word: "refuses" },
  { what: "a domain without MX (RFC 5321 §5.1)", domain: "bare.example", reply: found(), word: "unknown" },
  { what: "an alias without MX", domain: "quiet.example", reply: found(alias), word: "unknown" },
  { what: "a failure (SERVFAIL)", domain: "broken.example", reply: failed(2), word: "unknown" },
  { what: "a refusal (REFUSED)", domain: "shut.example", reply: failed(5), word: "unknown" },
  { what: "a reply that nobody can read", domain: "garbled.example", reply: "garbled", word: "unknown" },
  { what: "silence", domain: "silent.example", reply: "silent", word: "unknown" },
];

/** What every way to the DNS must do: the same words for the same zone. */
export function mailHostContract(open: OpenResolver): void {
  const zone = new Map(cases.map(({ domain, reply }) => [domain, reply]));

  test.each(cases)("of $what is made: $word (ADR-09)", async ({ domain, word }) => {
    const { ask } = await open(zone);
    expect(await createMailHost(Date.now, ask)(domain)).toBe(word);
  });

  test("the domain is asked for its MX alone, whatever it answers", async () => {
    const { ask, asked } = await open(zone);
    const mailHost = createMailHost(Date.now, ask);
    for (const domain of ["harbour.example", "bare.example", "gone.example"]) await mailHost(domain);
    expect(asked).toEqual(["harbour.example MX", "bare.example MX", "gone.example MX"]);
  });

  test("silence is not waited for longer than a second", async () => {
    const { ask } = await open(zone);
    const began = performance.now();
    expect(await createMailHost(Date.now, ask)("silent.example")).toBe("unknown");
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test("what was learnt is believed for ten minutes, silence and failures are not", async () => {
    const { ask, asked } = await open(zone);
    let now = 0;
    const mailHost = createMailHost(() => now, ask);
    for (const domain of ["harbour.example", "gone.example", "broken.example", "bare.example"]) {
      await mailHost(domain);
      await mailHost(domain);
    }
    const twice = ["broken.example MX", "broken.example MX", "bare.example MX", "bare.example MX"];
    expect(asked).toEqual(["harbour.example MX", "gone.example MX", ...twice]);
    now += 10 * 60_000 - 1;
    await mailHost("gone.example");
    expect(asked).toHaveLength(6);
    now += 1;
    await mailHost("gone.example");
    expect(asked).toHaveLength(7);
  });
}
