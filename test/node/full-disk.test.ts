import { expect, test } from "vitest";
import { keep, kept, ownDatabase } from "./database.ts";

test("a commit that no longer fits on the disk is refused as unavailable and leaves nothing, and later ones succeed", async () => {
  using own = ownDatabase();
  const { connection, store } = own;
  await store.commit(keep("before"));
  const pages = connection.pragma("page_count", { simple: true });
  connection.pragma(`max_page_count = ${pages}`);

  const large = "x".repeat(50_000);
  await expect(store.commit(keep("small"), keep("large", large))).rejects.toMatchObject({
    code: "unavailable",
    message: "The disk is full or failing: nothing was written.",
    details: { hint: expect.stringContaining("Free some space") },
  });
  expect(await kept(store)).toEqual(["before"]);

  connection.pragma("max_page_count = 1073741823");
  await store.commit(keep("small"), keep("large", large));
  expect(await kept(store)).toEqual(["before", "large", "small"]);
});

test("of commits that come together, those that still fit on a full disk are kept", async () => {
  using own = ownDatabase();
  const { connection, store } = own;
  await store.commit(keep("before"));
  connection.pragma(`max_page_count = ${connection.pragma("page_count", { simple: true })}`);
  const settled = await Promise.allSettled([
    store.commit(keep("large", "x".repeat(50_000))),
    store.commit(keep("small")),
  ]);
  expect(settled.map((one) => one.status)).toEqual(["rejected", "fulfilled"]);
  expect(await kept(store)).toEqual(["before", "small"]);
});
