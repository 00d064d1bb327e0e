import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { diskFolder } from "../world/scratch.ts";
import { spawnTidings, tidings } from "./spawned.ts";
import { addReaders, issueFile, openStage } from "./stage.ts";

const folder = diskFolder("cli");

const examples = new URL("../../examples/", import.meta.url).pathname;
const here = (...argv: string[]) => tidings(argv, {}, folder);

describe("an editor's first day, command by command, as processes of their own", () => {
  test("nothing works before there is a database, and nothing makes one by accident", async () => {
    const { code, out, err } = await here("newsletter", "list");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("There is no database at data/tidings.db.");
    expect(err).toContain("tidings init");
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test("init makes database, key ring and first token, and tells what comes next", async () => {
    const { code, out, err } = await here("init", "--json");
    expect([code, err]).toEqual([0, ""]);
    const made = JSON.parse(out);
    expect(made).toMatchObject({ schema: 1, created: true, database: "data/tidings.db", keys: "data/keys" });
    expect(made.token).toMatch(/^tid_/);
    expect(statSync(join(folder, "data/keys")).mode & 0o777).toBe(0o600);
  });

  test("init a second time changes nothing and says so", async () => {
    const { code, out, err } = await here("init");
    expect([code, out]).toEqual([0, "data/tidings.db is there already; nothing was changed.\n"]);
    expect(err).toContain("tidings instance set");
  });

  test("the instance and a newsletter come from files", async () => {
    expect(await here("instance", "set", "--file", `${examples}instance.json`)).toMatchObject({ code: 0, err: "" });
    const made = await here("newsletter", "create", "--file", `${examples}newsletters/morning.json`);
    expect(made).toMatchObject({ code: 0, out: 'Made the newsletter morning, "Morning Tide", open.\n' });
  });

  test("a pipe gets the plain table", async () => {
    const { out } = await here("newsletter", "list");
    expect(out).toBe(
      [
        "SLUG     STATUS  LANGUAGE  ARCHIVE  NAME          FREQUENCY",
        "morning  open    en        public   Morning Tide  Monday to Friday, at 6 in the morning\n",
      ].join("\n"),
    );
  });

  test("a file with faults ends with exit code 3, one without a reader too, and the database is backed up", async () => {
    writeFileSync(join(folder, "bad.md"), issueFile("bad", { newsletter: "evening" }));
    writeFileSync(join(folder, "good.md"), issueFile("good"));
    expect(await here("issue", "lint", "bad.md")).toMatchObject({ code: 3 });
    expect(await here("issue", "lint", "good.md")).toMatchObject({ code: 0 });
    const asOf = new Date().toISOString();
    const sent = await here("issue", "send", "good.md", "--yes", "--expect", "0", "--as-of", asOf);
    expect(sent).toMatchObject({ code: 3, out: "" });
    const copied = await here("backup", "copy.db", "--json");
    expect(JSON.parse(copied.out)).toMatchObject({ schema: 1, file: "copy.db", keys: "copy.db.keys" });
    expect(existsSync(join(folder, "copy.db.keys"))).toBe(true);
    expect(await here("backup", "copy.db")).toMatchObject({ code: 5 });
  });

  test("without a terminal nothing is asked and nothing is sent", async () => {
    expect(await here("issue", "send", "good.md")).toMatchObject({ code: 2, out: "" });
  });
});

test("an issue is sent once by a script, and a second time refused", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 2);
  const file = stage.file("one.md", issueFile("one"));
  const dry = await tidings(["issue", "send", file, "--dry-run", "--json"], stage.environment);
  const { recipients, asOf } = JSON.parse(dry.out);
  const argv = ["issue", "send", file, "--yes", "--expect", String(recipients), "--as-of", asOf, "--json"];
  const sent = await tidings(argv, stage.environment);
  expect([sent.code, sent.err]).toEqual([0, ""]);
  expect(JSON.parse(sent.out).sums).toMatchObject({ planned: 2, accepted: 2, open: 0 });
  const again = await tidings(argv, stage.environment);
  expect([again.code, again.out]).toEqual([5, ""]);
  expect(JSON.parse(again.err).error).toMatchObject({ code: "refused" });
});

test("all faults of the settings are named at once", async () => {
  const wrong = { TIDINGS_PORT: "none", TIDINGS_PROVIDER: "pigeon", TIDINGS_DATABSE: "x" };
  for (const argv of [["serve"], ["init"], ["newsletter", "list"]]) {
    const { code, err } = await tidings(argv, wrong, folder);
    expect(code).toBe(1);
    for (const part of ["TIDINGS_PORT", "TIDINGS_PROVIDER", "did you mean TIDINGS_DATABASE?"])
      expect(err).toContain(part);
  }
});

test("help and version load nothing that is native and make nothing", async () => {
  const watched = { NODE_DEBUG_NATIVE: "", NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(watch)}` };
  for (const argv of [["--help"], ["--version"], ["issue", "send", "--help"]]) {
    const { code, err } = await tidings(argv, watched, mkdtempSync(join(folder, "empty-")));
    expect(code).toBe(0);
    expect(err).toBe("native: none\n");
  }
});

/** Tells at the end whether a native module was loaded. */
const watch = `process.on("exit", () => {
  const native = process.report.getReport().sharedObjects.filter((path) => path.endsWith(".node"));
  process.stderr.write("native: " + (native.length === 0 ? "none" : native.join()) + "\\n");
});`;

test("a reader of the pipe that goes away is no fault", async () => {
  const spawned = spawnTidings(["help"], {}, folder);
  spawned.child.stdout?.destroy();
  expect(await spawned.ended).toMatchObject({ code: 0, err: "" });
});
