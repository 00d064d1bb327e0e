import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSigner } from "../../src/mail/tokens.ts";
import { builtIn } from "../../src/node/files.ts";
import { faults } from "../fakes/resend/faults.ts";
import { calls, newsletter, once, openPost, type Post, received } from "./post.ts";

/** What an operator may do between two attempts: newer templates, a newer key, other names, another address of the site. */
async function upgrade(post: Post): Promise<void> {
  for (const name of ["issue.html.liquid", "confirmation.html.liquid", "confirmation.subject.liquid"]) {
    const built = readFileSync(join(builtIn, "mail", name), "utf8");
    mkdirSync(join(post.config.templates, "mail"), { recursive: true });
    writeFileSync(join(post.config.templates, "mail", name), `${built.trimEnd()} (new)\n`);
  }
  const keys = new Map([1, 2].map((id) => [id, new Uint8Array(32).fill(id === 1 ? 7 : 9)]));
  Object.assign(post.ctx, {
    signer: createSigner({ current: 2, keys }),
    config: { ...post.config, publicUrl: "https://moved.example" },
  });
  await post.connection.exec("update newsletters set name = 'Renamed', sender_name = 'Renamed'");
  await post.connection.exec("update instance set operator = 'Renamed', postal_address = 'Elsewhere'");
}

test("an issue's batch is repeated with the same bytes after templates, keys, names and addresses have changed", async () => {
  const post = await openPost({ readers: 3 });
  await post.fake.fault(faults.accepted502);
  await post.start();
  await post.drain();
  await upgrade(post);
  await post.finish();
  const [first, second] = await calls(post);
  expect(second).toEqual(first);
  expect(await received(post)).toEqual(once(1, 3));
});

test("so is a batch of notices, while the next one is written afresh", async () => {
  const post = await openPost();
  await post.fake.fault(faults.accepted502);
  await post.signUp("anna@post.tld", newsletter);
  await post.drain();
  await upgrade(post);
  await post.finish();
  await post.signUp("bert@post.tld", newsletter);
  await post.finish();
  const [first, second, third] = await calls(post);
  expect(second).toEqual(first);
  expect(third?.body).toContain("(new)");
  expect(third?.body).toContain("https://moved.example");
  expect(await received(post)).toEqual({ "anna@post.tld": 1, "bert@post.tld": 1 });
});

test("without the key that signed its links a batch is not sent again: the issue stops and says so", async () => {
  const post = await openPost({ readers: 2 });
  await post.fake.fault(faults.accepted502);
  await post.start();
  await post.drain();
  const { signer } = post.ctx;
  Object.assign(post.ctx, { signer: createSigner({ current: 2, keys: new Map([[2, new Uint8Array(32).fill(9)]]) }) });
  await post.finish();
  expect(await calls(post)).toHaveLength(1);
  expect((await post.status()).issue).toMatchObject({
    status: "paused",
    stopReason: "composing",
    error: "The mails of this issue cannot be composed: The key ring has no key 1",
  });
  Object.assign(post.ctx, { signer });
  await post.start();
  await post.finish();
  expect(await received(post)).toEqual(once(1, 2));
  expect((await post.status()).issue.status).toBe("sent");
});
