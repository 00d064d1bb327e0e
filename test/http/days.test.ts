import { expect, test } from "vitest";
import { correctIssue } from "../../src/issue/correct.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { openWorld, type World } from "../world.ts";

const evening = Date.UTC(2026, 11, 1, 0, 21);

async function newsroom(): Promise<World> {
  const world = await openWorld({ now: evening - 3_600_000 });
  await world.instance({ timeZone: "America/Los_Angeles" });
  await world.newsletter("morning");
  await world.join("ana@harbour.example", "morning");
  world.clock.now = evening;
  return world;
}

const file = "---\nnewsletter: morning\nsubject: Fog\nslug: fog\n---\n\nThe tide is in.\n";

test("an issue without a date shows the day of its sending, as it is in the zone of the instance", async () => {
  await using world = await newsroom();
  await world.send("morning", "fog");
  await world.drain();
  world.clock.now = evening + 60_000;
  await correctIssue(world.ctx, { source: file, note: "" });
  const page = await (await world.get("/n/morning/fog")).text();
  expect(page).toContain('<time datetime="2026-11-30" lang="en">30 November 2026</time>');
  expect(page).toContain("30 November 2026 at 16:22");
  const archive = await (await world.get("/n/morning/archive")).text();
  expect(archive).toMatch(/class="group">November 2026<[\s\S]*datetime="2026-11-30">30 November 2026</);
  expect(await (await world.get("/n/morning")).text()).toContain('datetime="2026-11-30">30 November 2026');
});

test("a day that its file names is that day in every zone, on the page and in the mail", async () => {
  await using world = await newsroom();
  await saveDraft(world.ctx, { source: file.replace("slug: fog", "slug: fog\ndate: 2026-12-01") });
  await sendIssue(world.ctx, { newsletter: "morning", slug: "fog", expect: 1, asOf: evening });
  await world.drain();
  expect(await (await world.get("/n/morning/fog")).text()).toContain(
    'datetime="2026-12-01" lang="en">1 December 2026<',
  );
  expect((await world.mails("ana@harbour.example")).at(-1)?.html).toContain("Tuesday, December 1, 2026");
});
