import { expect, test } from "vitest";
import { turn } from "../../src/jobs.ts";
import { silent } from "../../src/log.ts";
import { newsletter, once, openPost, received } from "./post.ts";

test("two processes that pay the same issue at once, with several workers each, mail each reader once", async () => {
  const post = await openPost({ readers: 1_200 });
  const { provider } = post.ctx;
  const small = { ...provider, limits: { ...provider.limits, members: 20 } };
  Object.assign(post.ctx, { provider: small });
  const other = await post.another({ log: silent, provider: small });
  try {
    await post.start();
    for (let n = 0; n < 30; n += 1) await post.signUp(`new${n}@post.tld`, newsletter);
    await Promise.all([post.ctx, other.ctx].flatMap((ctx) => Array.from({ length: 4 }, () => drain(ctx))));
  } finally {
    other.close();
  }
  const news = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`new${n}@post.tld`, 1]));
  expect(await received(post)).toEqual({ ...once(1, 1_200), ...news });
  const { issue, sums } = await post.status();
  expect(issue.status).toBe("sent");
  expect(sums).toMatchObject({ planned: 1_200, accepted: 1_200 });
  expect((await post.batches()).filter((batch) => batch.lane === 1)).toHaveLength(60);
  expect((await post.batches()).every((batch) => batch.state === "accepted")).toBe(true);
});

async function drain(ctx: Parameters<typeof turn>[0]): Promise<void> {
  while (await turn(ctx));
}
