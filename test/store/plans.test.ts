import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticate } from "../../src/instance/tokens.ts";
import { recallIssue } from "../../src/issue/recall.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { nextScheduled, startScheduled } from "../../src/issue/start.ts";
import { openFile } from "../../src/node/engine.ts";
import { listSubscribers, showSubscriber } from "../../src/subscriber/find.ts";
import { viewPreferences } from "../../src/subscription/find.ts";
import { purgeThrottles } from "../../src/subscription/throttle.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { listSuppressions } from "../../src/suppression/find.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { type CountingApp, countingApp } from "../world/counting.ts";
import { openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let counting: CountingApp;
let links: { confirm: string; leave: string; preferences: string };
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome." });
  await world.newsletter("ferries");
  await world.join("bea@reader.example", ["tides", "ferries"]);
  await world.signUp(ada, ["tides", "ferries"]);
  await world.drain();
  await world.send("tides", "one");
  await world.drain();
  await world.send("ferries", "two");
  await scheduled("ferries", "three");
  const issue = (await world.mails("bea@reader.example")).at(-1);
  const confirm = (await world.mails(ada))[0]?.confirmLink ?? "";
  links = { confirm, leave: issue?.leaveLink ?? "", preferences: issue?.preferencesLink ?? "" };
  counting = countingApp(world);
});
afterAll(() => {
  counting.close();
  world.close();
});

/** An issue whose time has come. */
async function scheduled(newsletter: string, slug: string): Promise<void> {
  const source = `---\nnewsletter: ${newsletter}\nsubject: News\nslug: ${slug}\n---\n\nGood morning.\n`;
  await saveDraft(world.ctx, { source });
  await scheduleIssue(world.ctx, { newsletter, slug, at: world.clock.now + 1 });
  world.advance(1);
}

/** Few rows for ever: what an operator types in, lists that travel as one parameter, the one row of a guard, what SQLite calls its own. */
const small =
  /^SCAN (?:newsletters|n|instance|tokens|j|json_each|m|k|g|c|t|v|a|CONSTANT ROW|\d+-ROW VALUES CLAUSE)\b|^SCAN \(subquery-\d+\)$/;

/** Steps that read a table that grows from end to end, each with its statement. */
function scansIn(queries: CountingApp["queries"]): string[] {
  const connection = openFile(world.config.database);
  const found = queries.flatMap((query) => {
    const steps = connection
      .prepare<unknown[], { detail: string }>(`explain query plan ${query.sql}`)
      .all(...query.parameters)
      .map((step) => step.detail);
    return steps
      .filter((step) => step.startsWith("SCAN ") && !small.test(step))
      .map((step) => `${step} IN ${query.sql}`);
  });
  connection.close();
  return found;
}

async function scansOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = counting.queries.length;
  await work();
  const ran = counting.queries.slice(before);
  expect(ran.length).toBeGreaterThan(0);
  return scansIn(ran);
}

const visits: [string, () => Promise<unknown>][] = [
  ["signing up", async () => send("/subscribe", { email: "new@reader.example", newsletter: "tides" })],
  ["signing up again", async () => send("/subscribe", { email: "new@reader.example", newsletter: "ferries" })],
  ["opening a confirmation link", async () => open(links.confirm)],
  ["asking for a new link", async () => send(`${links.confirm}/renew`)],
  ["confirming", async () => send(links.confirm)],
  ["confirming once more", async () => send(links.confirm)],
  ["opening an unsubscribe link", async () => open(links.leave)],
  ["leaving", async () => send(links.leave)],
  ["opening the preferences", async () => open(links.preferences)],
  ["pausing", async () => send(links.preferences, { do: "pause", newsletter: "all", weeks: "2" })],
  ["going on", async () => send(links.preferences, { do: "resume", newsletter: "all" })],
  ["asking to join", async () => send(links.preferences, { do: "join", newsletter: "ferries" })],
  ["changing name and language", async () => send(links.preferences, { do: "profile", name: "Ada", language: "de" })],
  ["asking for a fresh link", async () => send(links.preferences, { do: "link" })],
  ["asking for one's link", async () => send("/preferences", { email: ada })],
  ["leaving all", async () => send(links.preferences, { newsletter: "all" })],
  ["reading an issue", async () => open("/n/tides/one")],
  ["opening an archive", async () => open("/n/tides/archive")],
  ["opening a page of an archive", async () => open("/n/tides/archive?before=one")],
  ["reading a feed", async () => open("/n/tides/feed.xml")],
];

const verbs: [string, () => Promise<unknown>][] = [
  [
    "viewing preferences",
    () => viewPreferences(counting.ctx, { by: "issue", token: new URL(links.preferences).pathname.slice(3) }),
  ],
  ["finding a subscriber", () => showSubscriber(counting.ctx, ada)],
  ["suppressing", () => addSuppression(counting.ctx, { address: ada })],
  ["lifting a suppression", () => removeSuppression(counting.ctx, { address: ada })],
  ["a page of suppressions", () => listSuppressions(counting.ctx, { before: 99, limit: 10 })],
  ["forgetting throttles", () => purgeThrottles(counting.ctx)],
  ["looking for the next schedule", () => nextScheduled(counting.ctx)],
  ["starting what is scheduled", () => startScheduled(counting.ctx)],
  ["recalling an issue", () => recallIssue(counting.ctx, { newsletter: "ferries", slug: "two" })],
  ["checking a token", () => authenticate(counting.ctx, world.firstToken ?? "")],
];

async function send(url: string, fields: Record<string, string> = {}): Promise<void> {
  const answer = await counting.app.request(url, { method: "POST", body: new URLSearchParams(fields) });
  expect(answer.status).toBeLessThan(400);
}

async function open(url: string): Promise<void> {
  expect((await counting.app.request(url)).status).toBe(200);
}

test.each([...visits, ...verbs])("%s reads no growing table from end to end", async (_, work) => {
  expect(await scansOf(work)).toEqual([]);
});

test("a page of subscribers reads on from where the last one ended", async () => {
  const steps: string[] = [];
  const before = counting.queries.length;
  await listSubscribers(counting.ctx, { after: 1, limit: 10, newsletter: 1, status: "active" });
  for (const query of counting.queries.slice(before)) steps.push(...scansIn([query]));
  expect(steps).toEqual([]);
});

test("a statement that does read one from end to end would be found", async () => {
  const scans = await scansOf(() =>
    counting.ctx.store.db.selectFrom("subscribers").selectAll().where("name", "=", "x").execute(),
  );
  expect(scans).toHaveLength(1);
});
