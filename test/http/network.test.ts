import { expect, test } from "vitest";
import { networkOf } from "../../src/http/client.ts";

function ask(remoteAddress: string | undefined) {
  return { env: { incoming: { socket: { remoteAddress } } }, req: { header: () => undefined } };
}

const direct = { trustProxy: { hops: 0 } };

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::1", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:db8::2", "2001:db8:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["::1", "0:0:0:0"],
])("%s belongs to the network %s: an IPv6 household is one (SEC-16)", (peer, network) => {
  expect(networkOf(direct, ask(peer))).toBe(network);
});

test.each([[undefined], [""], ["unix"], ["1.2.3"], ["1.2.3.256"]])(
  "all whose address nobody knows share one place: %s",
  (peer) => {
    expect(networkOf(direct, ask(peer))).toBe("");
  },
);
