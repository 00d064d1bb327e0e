import { expect, test } from "vitest";
import { applyFeedback } from "../../src/dispatch/feedback.ts";
import { tick } from "../../src/jobs.ts";
import type { WebhookKind } from "../fakes/resend/webhooks.ts";
import { sign, webhookBody } from "../fakes/resend/webhooks.ts";
import { countingApp } from "../world/counting.ts";
import { deliver, openReported, tagsOf, webhookOf, webhookSecret } from "./reported.ts";

const kinds: WebhookKind[] = [
  "sent",
  "delivered",
  "delivery_delayed",
  "bounced",
  "complained",
  "suppressed",
  "failed",
  "opened",
];

/** Few rows for ever, batches in flight, or a list that travels as one parameter; newsletters and issues an editor writes by hand. */
const small =
  /^SCAN (?:instance|newsletters|b USING INDEX batches_holder|m EXISTS VIRTUAL|j|json_each|CONSTANT ROW|\d+-ROW VALUES CLAUSE)\b|^SCAN \(subquery-\d+\)$/;

test("applying and forgetting reports reads no growing table from end to end", async () => {
  const office = await openReported({ readers: 300 });
  await office.start();
  await office.finish();
  // A mail in doubt, so that reports have something to settle too.
  await office.connection.prepare("update batches set state = 'in_doubt' where id = 1").run();
  const counting = countingApp(office);
  for (const [at, kind] of kinds.entries()) await deliver(office, await webhookOf(office, { kind, reader: at + 1 }));
  await deliver(office, await webhookOf(office, { kind: "bounced", reader: 9, detail: { type: "Transient" } }));
  const { now } = office.clock;
  const tags = await tagsOf(office, { notice: 1 });
  const body = webhookBody("failed", { recipient: "ada@post.tld", at: now, tags });
  await deliver(office, sign({ secret: webhookSecret, id: "msg_notice", body, now }));
  expect(await applyFeedback(counting.ctx)).toBe(true);
  await tick(counting.ctx);
  const scans: string[] = [];
  for (const { sql, parameters } of counting.queries) {
    const explained = office.connection.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`);
    const steps = (await explained.all(...parameters)).map((step) => step.detail);
    scans.push(
      ...steps.filter((step) => step.startsWith("SCAN ") && !small.test(step)).map((step) => `${step} IN ${sql}`),
    );
  }
  counting.close();
  expect(counting.queries.length).toBeGreaterThan(80);
  expect([...new Set(scans)]).toEqual([]);
});
