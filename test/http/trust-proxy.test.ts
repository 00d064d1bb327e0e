import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { networkOf } from "../../src/http/client.ts";
import { openWorld } from "../world.ts";

/** The network that a request belongs to: TIDINGS_TRUST_PROXY, the socket's peer, and what X-Forwarded-For says. */
function network(trust: string, peer: string | undefined, forwarded?: string): string {
  const config = readConfig({ TIDINGS_TRUST_PROXY: trust });
  const header = (name: string) => (name === "x-forwarded-for" ? forwarded : undefined);
  return networkOf(config, { env: { incoming: { socket: { remoteAddress: peer } } }, req: { header } });
}

const proxy = "10.0.0.1";

test.each([["1.1.1.1"], ["1.1.1.1, 2.2.2.2"], ["127.0.0.1"], ["unknown"], [""]])(
  "without a proxy the header is not looked at: %j (SEC-16)",
  (forwarded) => {
    expect(network("0", "203.0.113.9", forwarded)).toBe("203.0.113.9");
    expect(network("", "203.0.113.9", forwarded)).toBe("203.0.113.9");
  },
);

test.each([
  ["1", "203.0.113.9", "203.0.113.9"],
  ["1", "1.1.1.1, 203.0.113.9", "203.0.113.9"],
  ["1", "1.1.1.1,2.2.2.2,203.0.113.9", "203.0.113.9"],
  ["2", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
  ["2", "203.0.113.9, 10.0.0.2", "203.0.113.9"],
  ["3", "203.0.113.9, 10.0.0.2", ""],
  ["1", undefined, ""],
  ["1", "", ""],
  ["1", "1.1.1.1, ", ""],
  ["1", "1.1.1.1, unknown", ""],
  ["1", "1.1.1.1, _hidden", ""],
  ["1", "203.0.113.9:4711", "203.0.113.9"],
  ["1", "[2001:db8:1:2::3]:4711", "2001:db8:1:2"],
  ["1", "2001:db8:1:2::3", "2001:db8:1:2"],
  ["1", "::ffff:203.0.113.9", "203.0.113.9"],
  ["1", "fe80::1%eth0", "fe80:0:0:0"],
  ["1", "203.0.113.9<script>", ""],
  ["1", "0x7f.1", ""],
  ["1", "010.0.0.1", ""],
] as const)("%s proxies in front, X-Forwarded-For %j: %j", (trust, forwarded, found) => {
  expect(network(trust, proxy, forwarded)).toBe(found);
});

test.each([
  ["the right-most that is no proxy", proxy, "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
  ["however many proxies there were", proxy, "203.0.113.9, 10.0.0.4, 10.0.0.3, 10.0.0.2", "203.0.113.9"],
  ["not a header from elsewhere", "203.0.113.50", "1.1.1.1", "203.0.113.50"],
  ["the proxy itself where only proxies have spoken", proxy, "10.0.0.2", "10.0.0.1"],
  ["the proxy itself where it says nothing", proxy, undefined, "10.0.0.1"],
  ["nobody where the last word is none", proxy, "1.1.1.1, nonsense", ""],
  ["nobody where the peer is not known", undefined, "1.1.1.1", ""],
  ["a proxy with an IPv6 address", "2001:db8:ffff::1", "203.0.113.9", "203.0.113.9"],
  ["a proxy whose IPv4 address came as IPv6", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
] as const)("by the proxies' addresses it is %s", (_, peer, forwarded, found) => {
  expect(network("10.0.0.0/8, 2001:db8:ffff::/48", peer, forwarded)).toBe(found);
});

test.each([
  ["yes"],
  ["-1"],
  ["100"],
  ["10.0.0.0/33"],
  ["10.0.0.0/8,"],
  ["10.0.0"],
  ["2001:db8::/129"],
  ["10.0.0.1:80"],
])("TIDINGS_TRUST_PROXY=%s is refused", (trust) => {
  expect(() => readConfig({ TIDINGS_TRUST_PROXY: trust })).toThrow("TIDINGS_TRUST_PROXY must be");
});

test("on a platform that knows who asks, no header is believed, whatever is set (SEC-16)", () => {
  const config = readConfig({ TIDINGS_TRUST_PROXY: "1" });
  const req = { header: () => "1.1.1.1" };
  expect(networkOf(config, { env: { client: "203.0.113.9" }, req })).toBe("203.0.113.9");
  expect(networkOf(config, { env: { client: null }, req })).toBe("");
});

test("a forged header does not lift the limit of a network, and one of our proxy counts each reader apart", async () => {
  async function taken(environment: Record<string, string>): Promise<number> {
    await using world = await openWorld({ guarded: true, environment, instance: { signupLimits: { network: 3 } } });
    await world.newsletter("tides");
    let count = 0;
    for (let n = 0; n < 10; n += 1) {
      const body = new URLSearchParams({ email: `reader${n}@gmail.com`, newsletter: "tides" });
      const headers = { "x-forwarded-for": `198.51.100.${n}` };
      const env = { incoming: { socket: { remoteAddress: proxy } } };
      if ((await world.app.request("/subscribe", { method: "POST", body, headers }, env)).status === 303) count += 1;
    }
    return count;
  }
  expect(await taken({})).toBe(3);
  expect(await taken({ TIDINGS_TRUST_PROXY: "1" })).toBe(10);
  expect(await taken({ TIDINGS_TRUST_PROXY: "10.0.0.0/8" })).toBe(10);
  expect(await taken({ TIDINGS_TRUST_PROXY: "192.168.0.0/16" })).toBe(3);
});
