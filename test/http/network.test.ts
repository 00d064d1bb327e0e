import { expect, test } from "vitest";
import { networkOf } from "../../src/http/env.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::1", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:db8::2", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
])("%s belongs to the network %s: an IPv6 household is one (SEC-16)", (peer, network) => {
  expect(networkOf(peer)).toBe(network);
});

test("all whose address nobody knows share one place", () => {
  expect(networkOf(null)).toBe("");
});
