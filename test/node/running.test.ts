import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findRunning, markRunning } from "../../src/node/running.ts";
import { diskFolder } from "../world/scratch.ts";

let folder: string;
let database: string;

beforeEach(() => {
  folder = diskFolder("running");
  database = join(folder, "tidings.db");
});

describe("the note of a running server", () => {
  it("names its address until it is taken back", () => {
    expect(findRunning(database)).toBeNull();
    const unmark = markRunning(database, "http://127.0.0.1:8787");
    expect(findRunning(database)).toBe("http://127.0.0.1:8787");
    unmark();
    expect(findRunning(database)).toBeNull();
  });

  it("counts for nothing once its process is gone, even if another has its number", () => {
    const unmark = markRunning(database, "http://127.0.0.1:8787");
    const note = JSON.parse(readFileSync(`${database}.server`, "utf8"));
    writeFileSync(`${database}.server`, JSON.stringify({ ...note, began: "1" }));
    expect(findRunning(database)).toBeNull();
    writeFileSync(`${database}.server`, JSON.stringify({ ...note, pid: 2 ** 22 + 7 }));
    expect(findRunning(database)).toBeNull();
    unmark();
  });

  it("of another server stays when this one stops", () => {
    const unmark = markRunning(database, "http://127.0.0.1:1");
    const theirs = JSON.stringify({ pid: 1, began: "another", url: "http://127.0.0.1:2" });
    writeFileSync(`${database}.server`, theirs);
    unmark();
    expect(readFileSync(`${database}.server`, "utf8")).toBe(theirs);
  });

  it("half written, is no note", () => {
    writeFileSync(`${database}.server`, '{"pid":');
    expect(findRunning(database)).toBeNull();
  });
});
