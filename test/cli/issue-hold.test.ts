import { describe, expect, test } from "vitest";
import { markRunning } from "../../src/node/running.ts";
import { addReaders, issueFile, openStage, type Stage } from "./stage.ts";

async function openOffice(): Promise<Stage & { argv: readonly string[] }> {
  const stage = await openStage({ instance: { timeZone: "Europe/Kyiv" } });
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  return Object.assign(stage, { argv: ["issue", "send", stage.file("one.md", issueFile("one"))] });
}

const agreed = () => ["--yes", "--expect", "3", "--as-of", new Date().toISOString()];
const issueOf = async (stage: Stage) => (await stage.json("issue", "status", "morning/one")).issue;
const subjects = async (stage: Stage) => (await stage.world.mails()).filter((mail) => mail.subject === "News of one");

describe("tidings issue send --hold", () => {
  test("tells when it begins and how to take it back, and that without a server nothing will", async () => {
    await using stage = await openOffice();
    const ran = await stage.tidings([...stage.argv, ...agreed(), "--hold", "5m"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(
      /^morning\/one begins \w{3} \d+ \w{3} \d{4}, [\d:]+ Europe\/Kyiv \(.*UTC\), in (?:5 min|4 min \d+ s)\.$/m,
    );
    expect(ran.err).toContain("tidings issue recall morning/one");
    expect(ran.err).toContain("No server runs on this database");
    expect(await issueOf(stage)).toMatchObject({ status: "scheduled" });
    expect(await subjects(stage)).toEqual([]);
  });

  test("leaves it to a server that runs here, also on a terminal", async () => {
    await using stage = await openOffice();
    const unmark = markRunning(stage.world.config.database, "http://127.0.0.1:1");
    const ran = await stage.tidings([...stage.argv, "--hold", "5m"], { answers: ["3"] });
    unmark();
    expect([ran.code, ran.err.includes("No server runs")]).toEqual([0, false]);
    expect(await issueOf(stage)).toMatchObject({ status: "scheduled" });
  });

  test("waits on a terminal where no server runs, and sends it then", async () => {
    await using stage = await openOffice();
    const ran = await stage.tidings([...stage.argv, "--hold", "1s"], { answers: ["3"], draws: true });
    expect(ran.err).toContain("No server runs here, so this command waits and sends it then.");
    expect(ran.drawn.join("\n")).toMatch(/Begins at .*, in 1 s/);
    expect([ran.code, ran.out.startsWith("Sent morning/one to 3 of 3 readers.")]).toEqual([0, true]);
    expect(await subjects(stage)).toHaveLength(3);
  });

  test("while it waits can be recalled from elsewhere, and then sends nothing", async () => {
    await using stage = await openOffice();
    const waiting = stage.tidings([...stage.argv, "--hold", "1h"], { answers: ["3"], draws: true });
    const { db } = stage.world.ctx.store;
    for (let status = ""; status !== "scheduled"; ) {
      await new Promise((resolve) => setImmediate(resolve));
      status = (await db.selectFrom("issues").select("status").executeTakeFirst())?.status ?? "";
    }
    expect((await stage.tidings(["issue", "recall", "morning/one"])).code).toBe(0);
    const ran = await waiting;
    expect([ran.code, ran.out]).toEqual([5, "morning/one was recalled meanwhile: nothing was sent.\n"]);
    expect(await subjects(stage)).toEqual([]);
  });

  test("on Ctrl-C stays scheduled, and says that nothing here would begin it", async () => {
    await using stage = await openOffice();
    // Pressed as soon as the command listens for it.
    const interrupt = new AbortController().signal;
    interrupt.addEventListener = (_: string, press: unknown) => void setImmediate(press as () => void);
    const ran = await stage.tidings([...stage.argv, "--hold", "1h"], { answers: ["3"], draws: true, interrupt });
    expect(ran.code).toBe(130);
    expect(ran.err).toContain("stays scheduled for");
    expect(ran.err).toContain("nothing is running here that would begin it");
    expect(await issueOf(stage)).toMatchObject({ status: "scheduled" });
  });

  test.each(["5", "0s", "25h", "2 days", "soon"])("refuses %s", async (span) => {
    await using stage = await openOffice();
    const ran = await stage.tidings([...stage.argv, ...agreed(), "--hold", span]);
    expect([ran.code, ran.err.includes("--hold must be a span of up to 24 hours")]).toEqual([2, true]);
    expect((await stage.json("issue", "list")).issues).toEqual([]);
  });

  test("comes too late for an issue that has begun", async () => {
    await using stage = await openOffice();
    await stage.world.send("morning", "one");
    const ran = await stage.tidings(["issue", "send", "morning/one", "--hold", "5m"]);
    expect([ran.code, ran.err.includes("tidings issue pause morning/one")]).toEqual([5, true]);
  });
});
