import { beforeAll, describe, expect, test } from "vitest";
import { payIssueBatch } from "../../src/dispatch/issues.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { finishIssues } from "../../src/issue/progress.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import type { BatchRow } from "../../src/store/rows.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { faults } from "../fakes/resend/faults.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { hour, openWorld, type World } from "../world.ts";

/** What an answer does to a batch of two, and to its issue. */
type Effect = "repeat" | "anew" | "hold" | "stop" | "halve" | "doubt";

// RULES §6.3, and what else can come back from a network.
const table: Record<keyof typeof faults, Effect> = {
  rate429: "anew",
  bareRate429: "anew",
  concurrent409: "repeat",
  nameless409: "repeat",
  internal500: "repeat",
  application500: "repeat",
  null500: "repeat",
  html502: "repeat",
  accepted502: "repeat",
  timeout408: "repeat",
  redirect303: "repeat",
  empty200: "repeat",
  html200: "repeat",
  null200: "repeat",
  truncated200: "repeat",
  fewIds: "repeat",
  manyIds: "repeat",
  hang: "repeat",
  acceptedHang: "repeat",
  acceptedReset: "repeat",
  earlyReset: "repeat",
  drip: "repeat",
  daily429: "hold",
  monthly429: "hold",
  missingKey401: "stop",
  restrictedKey401: "stop",
  invalidKey403: "stop",
  invalidKey400: "stop",
  invalidKey422: "stop",
  unverified403: "stop",
  notFound404: "stop",
  wrongMethod405: "stop",
  security451: "stop",
  invalidAccess422: "stop",
  invalidRegion422: "stop",
  teapot418: "stop",
  redirect301: "stop",
  redirect307: "stop",
  redirect308: "stop",
  oneBad400: "halve",
  oneBad422: "halve",
  named422: "halve",
  missingField422: "halve",
  invalidParameter422: "halve",
  invalidFrom422: "halve",
  invalidAttachment422: "halve",
  tooLarge413: "halve",
  mismatch409: "doubt",
  badIdempotencyKey400: "doubt",
};

const neverEnding = ["hang", "acceptedHang", "drip"];

let fake: FakeResend;
let world: World;

beforeAll(async () => {
  fake = await startFakeResend();
  world = await openWorld({ provider: resend(20_000) });
  await world.newsletter("tide");
  const at = world.clock.now;
  for (const id of [1, 2]) {
    const email = `reader${id}@post.tld`;
    await world.ctx.store.db
      .insertInto("subscribers")
      .values({ id, email, email_key: email, created_at: at })
      .execute();
    const held = { newsletter: 1, subscriber: id, generation: 1 };
    await world.ctx.store.db
      .insertInto("subscriptions")
      .values({ ...held, status: "active", since: at })
      .execute();
    await world.ctx.store.db
      .insertInto("consents")
      .values({ ...held, event: "confirmed", at, method: "link" })
      .execute();
  }
  await world.send("tide", "first");
  await world.drain();
  return async () => {
    world.close();
    await fake.stop();
  };
});

function resend(timeout: number) {
  return createResend({ apiKey: "re_table", baseUrl: fake.url, userAgent: "tidings-test/1", timeout });
}

/** What became of an issue and its batches, in the words of the table. */
function effectOf(status: string, batches: readonly BatchRow[]): Effect | string {
  const [first, second] = batches;
  if (first === undefined) return "nothing was planned";
  if (second !== undefined) {
    return batches.every((batch) => batch.size === 1 && batch.state !== "in_doubt") ? "halve" : "halved badly";
  }
  const frozen = first.payload_hash !== null && first.attempt === 1;
  const thawed = first.payload_hash === null && first.members === null && first.attempt === 2;
  switch (`${first.state} ${status}`) {
    case "in_doubt incomplete":
      return "doubt";
    case "claimed sending":
      return frozen && first.tries === 1 ? "repeat" : "claimed and lost";
    case "planned sending":
      return thawed ? (first.due_at === world.clock.now + hour ? "hold" : "anew") : "planned and lost";
    case "planned paused":
      return thawed && first.tries === 0 ? "stop" : "paused and lost";
    default:
      return `${first.state} ${status}`;
  }
}

describe("every answer of Resend has its effect", () => {
  test.each(Object.entries(table) as [keyof typeof faults, Effect][])("%s: %s", async (name, effect) => {
    const slug = name.toLowerCase();
    if (neverEnding.includes(name)) Object.assign(world.ctx, { provider: resend(150) });
    await fake.fault({ ...faults[name], times: 1 });
    const issue = await another(slug);
    await turnOnce();
    const { status } = await world.ctx.store.db
      .selectFrom("issues")
      .select("status")
      .where("id", "=", issue)
      .executeTakeFirstOrThrow();
    const rows = await world.ctx.store.db.selectFrom("batches").selectAll().where("issue", "=", issue).execute();
    expect(effectOf(status, rows)).toBe(effect);
    await clear(slug);
  });
});

/** A further issue of the same content: compiling one for each answer would take longer than all of them together. */
async function another(slug: string): Promise<number> {
  const { content } = await world.ctx.store.db.selectFrom("issues").select("content").executeTakeFirstOrThrow();
  const at = world.clock.now;
  const texts = { newsletter: 1, slug, subject: "", source: "", content, status: "sending" } as const;
  const row = await world.ctx.store.db
    .insertInto("issues")
    .values({ ...texts, created_at: at, updated_at: at, audience_at: at, started_at: at })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Plans and makes the one call; halves stay where they are, and what is settled is finished. */
async function turnOnce(): Promise<void> {
  while (await planSlice(world.ctx));
  await payIssueBatch(world.ctx);
  await finishIssues(world.ctx);
}

/** Whatever the answer left open is paid, so that the next issue is alone. */
async function clear(slug: string): Promise<void> {
  Object.assign(world.ctx, { provider: resend(20_000) });
  await fake.reset();
  const [row] = await world.ctx.store.db.selectFrom("issues").select("status").where("slug", "=", slug).execute();
  if (row?.status === "paused") await sendIssue(world.ctx, { newsletter: "tide", slug, expect: 0, asOf: 0 });
  world.advance(hour);
  await world.drain();
}
