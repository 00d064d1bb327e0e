import { expect, test } from "vitest";
import { hour } from "../world.ts";
import { type Office, openOffice } from "./post.ts";

test("a holder that wakes after its lease sends nothing, although nobody has taken its batch over", async () => {
  const woken: { office: Office | null } = { office: null };
  const office = await openOffice({
    readers: 3,
    probe: (passage) => {
      if (passage !== "claimed" || woken.office === null) return;
      const { connection } = woken.office;
      void connection.exec("update issues set status = 'paused', stop_reason = 'editor'");
      void connection.exec("update subscriptions set status = 'unsubscribed' where subscriber = 2");
      woken.office.advance(hour);
      woken.office = null;
    },
  });
  await office.start();
  woken.office = office;
  await office.drain();
  expect(await office.recipients()).toEqual([]);
  expect((await office.status()).sums).toMatchObject({ planned: 3, open: 3 });
  await office.connection.exec("update issues set status = 'sending', stop_reason = null");
  await office.finish();
  expect(await office.recipients()).toEqual(["reader1@post.tld", "reader3@post.tld"]);
});
