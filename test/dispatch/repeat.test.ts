import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/provider/contract.ts";
import { erase } from "../../src/subscription/erase.ts";
import { faults } from "../fakes/resend/faults.ts";
import { address, calls, once, openOffice, openPost, received } from "./post.ts";

describe("after a call without a trustworthy answer the same bytes leave again under the same key", () => {
  test.each([
    "internal500",
    "html502",
    "accepted502",
    "null500",
    "acceptedReset",
    "truncated200",
    "empty200",
    "html200",
    "null200",
    "fewIds",
    "manyIds",
    "timeout408",
    "concurrent409",
  ] as const)("%s", async (fault) => {
    const post = await openPost({ readers: 3 });
    await post.fake.fault(faults[fault]);
    await post.start();
    await post.drain();
    expect(await post.batches()).toMatchObject([{ state: "claimed", attempt: 1, tries: 1, holder: null }]);
    expect((await post.status()).issue.status).toBe("sending");
    await post.finish();
    const [first, second, ...others] = await calls(post);
    expect(second).toEqual(first);
    expect(others).toEqual([]);
    expect(await received(post)).toEqual(once(1, 3));
    expect((await post.status()).issue.status).toBe("sent");
  });
});

test("a call that never ends is given up, and repeated unchanged", async () => {
  const post = await openPost({ readers: 2, timeout: 100 });
  await post.fake.fault(faults.acceptedHang);
  await post.start();
  await post.finish();
  const [first, second] = await calls(post);
  expect(second).toEqual(first);
  expect(await received(post)).toEqual(once(1, 2));
});

test("a repeat carries whoever left meanwhile, since other bytes under the key would be refused", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.html502);
  await post.start();
  await post.drain();
  await post.post(`/u/${post.ctx.signer.sign("leave", [1, 2])}`);
  await post.connection.prepare("update subscribers set name = 'Renamed', email = 'moved@post.tld' where id = 3").run();
  await post.finish();
  expect(await received(post)).toEqual(once(1, 3));
  expect((await post.status()).sums).toMatchObject({ accepted: 3, skipped: 0 });
});

test("an erased reader in such a batch is still counted, the batch is in doubt at once, and the address is gone", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.accepted502);
  await post.start();
  await post.drain();
  await erase(post.ctx, { address: address(2) });
  expect(JSON.stringify(await post.batches())).not.toContain(address(2));
  await post.finish();
  expect(await received(post)).toEqual(once(1, 3));
  const { issue, sums } = await post.status();
  expect(sums).toMatchObject({ planned: 3, inDoubt: 3, open: 0 });
  expect(issue.status).toBe("incomplete");
});

test("notices are repeated unchanged too, and leave once", async () => {
  const post = await openPost();
  await post.fake.fault(faults.acceptedReset);
  await post.signUp("anna@post.tld", "tide");
  await post.drain();
  await post.finish();
  const [first, second] = await calls(post);
  expect(second).toEqual(first);
  expect(await received(post)).toEqual({ "anna@post.tld": 1 });
});

test("a way out that throws against its contract is treated like one that stays silent", async () => {
  const post = await openPost({ readers: 2 });
  const { provider } = post.ctx;
  let thrown = 0;
  const broken = {
    ...provider,
    issue: (mail: Parameters<typeof provider.issue>[0]) => {
      const fill = provider.issue(mail);
      return (recipients: Parameters<typeof fill>[0]) => {
        const parcel = fill(recipients);
        const send = async (key: string) => {
          const outcome = await parcel.send(key);
          if (thrown++ === 0) throw new Error("the provider's client has a bug");
          return outcome;
        };
        return { ...parcel, send };
      };
    },
  };
  Object.assign(post.ctx, { provider: broken });
  await post.start();
  await post.finish();
  expect(post.logged.join()).toContain("the provider's client has a bug");
  expect(await received(post)).toEqual(once(1, 2));
  expect((await post.status()).sums).toMatchObject({ accepted: 2, inDoubt: 0 });
});

test("fewer names than mails are no proof, whichever provider gives them", async () => {
  const office = await openOffice({ readers: 3 });
  const outcomes: Outcome[] = [{ result: "accepted", ids: ["only one"] }];
  office.fault = () => outcomes.shift() ?? null;
  await office.start();
  await office.drain();
  expect(await office.batches()).toMatchObject([{ state: "claimed", error: "the provider named 1 mails of 3" }]);
  await office.finish();
  expect(await office.mails()).toHaveLength(3);
});

test("a refusal that answers a repeat proves nothing about the first attempt, so no other key is tried", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.accepted502, { ...faults.oneBad422, match: { to: address(1) } });
  await post.start();
  await post.finish();
  expect(await received(post)).toEqual(once(1, 3));
  expect(await calls(post)).toHaveLength(2);
  const { issue, sums, reasons } = await post.status();
  expect(issue.status).toBe("incomplete");
  expect(sums).toMatchObject({ accepted: 0, inDoubt: 3, failed: 0 });
  expect(reasons[0]?.reason).toContain("refused on a repeat");
});
