import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { AppContext } from "../../src/context.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { openContext } from "../../src/node/context.ts";
import { openFile } from "../../src/node/engine.ts";
import { seedReaders } from "../delivery/ledger.ts";
import { environment, type Orders } from "./orders.ts";

/** A temporary folder that goes with the test. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidings-crash-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes an installation with one newsletter in a folder, and does with it what is asked for. */
export async function install(folder: string, url: string, act: (ctx: AppContext) => Promise<unknown>): Promise<void> {
  const { ctx, close } = await openContext(readConfig(environment(folder, url)));
  const operator = { operator: "The Courier", postalAddress: "4 Quay", privacyUrl: "https://courier.example/privacy" };
  await editInstance(ctx, operator);
  await createNewsletter(ctx, {
    slug: "tide",
    name: "The Tide",
    pitch: "What the water brings.",
    senderName: "The Courier",
    senderAddress: "tide@courier.tld",
  });
  await act(ctx);
  close();
}

/** Starts an issue to so many seeded readers; nothing is planned yet. */
export async function sendToReaders(ctx: AppContext, readers: number): Promise<void> {
  const asOf = ctx.clock();
  const connection = openFile(ctx.config.database);
  seedReaders(connection, 1, readers, asOf - 1);
  connection.close();
  await saveDraft(ctx, { source: "---\nnewsletter: tide\nsubject: Ebb\nslug: ebb\n---\n\nThe tide is out.\n" });
  await sendIssue(ctx, { newsletter: "tide", slug: "ebb", expect: readers, asOf });
}

/** A copy of an installation with readers and keys of its own at the provider: addresses begin with the round's name. */
export function copy(from: string, to: string, round: string): void {
  cpSync(from, to, { recursive: true });
  const connection = openFile(join(to, "tidings.db"));
  connection.prepare("update instance set uid = ?").run(`crash-${round}`);
  connection
    .prepare("update subscribers set email = ? || '-' || id || '@post.tld', email_key = ? || '-' || id || '@post.tld'")
    .run(round, round);
  connection.close();
}

/** Runs a child to its end; true if it was killed where it was told to, false if it has paid everything. */
export async function run(orders: Orders, cache: string): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "child.ts"), JSON.stringify(orders)], {
    stdio: ["ignore", "inherit", "pipe"],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (signal === "SIGKILL") return true;
  if (code === 0) return false;
  throw new Error(`the child ended with ${code ?? signal}: ${said}`);
}

/** What the tables of a folder hold, read when nobody else has them open. */
export function look<Result>(folder: string, read: (connection: Database.Database) => Result): Result {
  const connection = openFile(join(folder, "tidings.db"));
  try {
    return read(connection);
  } finally {
    connection.close();
  }
}
