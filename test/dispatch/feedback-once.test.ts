import { expect, test } from "vitest";
import { applyFeedback } from "../../src/dispatch/feedback.ts";
import { turn } from "../../src/jobs.ts";
import { countingApp } from "../world/counting.ts";
import { onDisk } from "../world/platform.ts";
import type { Office } from "./post.ts";
import { applyAll, countsOf, deliver, openReported, outcomesOf, webhookOf } from "./reported.ts";

/** A second process on the same database: a connection, a store and a context of its own. */
function secondProcess(office: Office) {
  return office.another();
}

async function full(count: number): Promise<Office> {
  const office = await openReported({ readers: 3 });
  await office.start();
  await office.finish();
  for (let at = 0; at < count; at += 1) {
    const kind = at % 2 === 0 ? "delivered" : "failed";
    await deliver(
      office,
      await webhookOf(office, { kind, reader: (at % 3) + 1, id: `msg_${String(at).padStart(4, "0")}` }),
    );
  }
  return office;
}

test("two processes that apply the same reports at once count each once", async () => {
  const office = await full(300);
  const other = await secondProcess(office);
  await Promise.all([applyAll(office), applyAll(other), applyAll(office), applyAll(other)]);
  other.close();
  expect(await countsOf(office)).toEqual({ delivered: 150, failed: 150 });
  expect(new Set(await outcomesOf(office))).toEqual(new Set(["delivered", "failed"]));
});

test("a second worker of the same process leaves the reports to the first", async () => {
  const office = await full(5);
  const [first, second] = [applyFeedback(office.ctx), applyFeedback(office.ctx)];
  expect([await first, await second]).toEqual([true, false]);
  expect(await countsOf(office)).toEqual({ delivered: 3, failed: 2 });
});

test("a process that ends between storing and applying loses nothing: the next turn of another applies it", async () => {
  const office = await full(2);
  expect(await outcomesOf(office)).toEqual(["waiting", "waiting"]);
  const other = await secondProcess(office);
  while (await turn(other.ctx));
  other.close();
  expect(await outcomesOf(office)).toEqual(["delivered", "failed"]);
});

test("a report that fails halfway is undone as a whole and set aside, and counts once when it comes again", async () => {
  const office = await full(4);
  await office.connection.exec(
    "create trigger fails before update of feedback on deliveries begin select raise(abort, 'no such luck'); end",
  );
  await applyAll(office);
  expect(await outcomesOf(office)).toEqual(["delivered", "unreadable", "delivered", "unreadable"]);
  expect(await countsOf(office)).toEqual({ delivered: 2 });
  expect(office.logged.filter((line) => line.includes("no such luck"))).toHaveLength(2);
  await office.connection.exec("drop trigger fails");
  // Resend's replay brings one again.
  await deliver(office, await webhookOf(office, { kind: "failed", reader: 2, id: "msg_0001" }));
  await applyAll(office);
  expect(await countsOf(office)).toEqual({ delivered: 2, failed: 1 });
});

test.runIf(onDisk)("a locked database puts the reports off and sets none of them aside", async () => {
  const office = await full(2);
  const { ctx, close } = countingApp(office, { patience: 30 });
  await office.connection.exec("begin immediate");
  await expect(applyFeedback(ctx)).rejects.toMatchObject({ code: "unavailable" });
  await office.connection.exec("rollback");
  expect(await outcomesOf(office)).toEqual(["waiting", "waiting"]);
  await applyAll({ ctx });
  close();
  expect(await countsOf(office)).toEqual({ delivered: 1, failed: 1 });
});

test("a crowd of reports does not hold up the mails that are owed", async () => {
  const office = await full(250);
  await office.signUp("ada@post.tld", "tide");
  await turn(office.ctx);
  expect((await outcomesOf(office)).filter((outcome) => outcome === "waiting")).toHaveLength(150);
  expect(await office.mails("ada@post.tld")).toHaveLength(1);
});
