import type Database from "better-sqlite3";
import type { AppContext } from "../../src/context.ts";
import { type IssueStatus, issueStatus } from "../../src/issue/find.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { openFile } from "../../src/node/engine.ts";
import type { Provider } from "../../src/provider/contract.ts";
import { assertHoused, assertLedger } from "../delivery/invariants.ts";
import { seedReaders } from "../delivery/ledger.ts";
import { openWorld, type World } from "../world.ts";

const newsletter = "tide";

/** One installation for many issues to the same readers: compiling an issue for each case would take longer than all of them. */
export interface Issues {
  readonly world: World;
  readonly ctx: AppContext;
  /** The test's own, beside the installation's. */
  readonly connection: Database.Database;
  /** Starts another issue of the same content, to all readers; nothing is planned yet. */
  begin(): Promise<number>;
  /** Has the next issues leave that way, so many mails in a call. */
  leaveBy(provider: Provider, members?: number): void;
  status(issue: number): Promise<IssueStatus>;
  /** A person's word that what stopped the issue is mended. */
  resume(issue: number): Promise<void>;
  /** Takes turns, moving the clock to whatever is due next, until nothing is owed. `refused` is told of faults, and may throw them. */
  finish(refused?: (fault: unknown) => void): Promise<void>;
  /** What must hold whatever happened. */
  assertSound(): void;
  close(): void;
}

/** Opens an installation with so many readers, `reader1@post.tld` and so on. */
export async function openIssues(readers: number): Promise<Issues> {
  const world = await openWorld();
  const { ctx } = world;
  await world.newsletter(newsletter);
  const connection = openFile(world.config.database);
  seedReaders(connection, 1, readers, world.clock.now - 1);
  await world.send(newsletter, "issue-1");
  await world.drain();
  const name = (issue: number) => ({ newsletter, slug: `issue-${issue}` });
  return {
    world,
    ctx,
    connection,
    begin: () => {
      // What one case has left open, or learnt of the way out and of mailboxes, must not be another's.
      connection.exec(
        "update issues set status = 'paused' where status = 'sending'; delete from outlets; delete from suppressions",
      );
      return begin(world);
    },
    leaveBy: (provider, members = provider.limits.members) => {
      const limits = { ...provider.limits, members: Math.min(members, provider.limits.members) };
      Object.assign(ctx, { provider: { ...provider, limits } });
    },
    status: (issue) => issueStatus(ctx, name(issue)),
    resume: async (issue) => void (await sendIssue(ctx, { ...name(issue), expect: 0, asOf: 0 })),
    finish: (refused) => finish(world, refused),
    assertSound: () => {
      assertLedger(connection);
      assertHoused(connection);
    },
    close: () => {
      connection.close();
      world.close();
    },
  };
}

async function begin({ ctx, clock }: World): Promise<number> {
  const { db } = ctx.store;
  const { content, id } = await db
    .selectFrom("issues")
    .select(["content", "id"])
    .orderBy("id", "desc")
    .executeTakeFirstOrThrow();
  const at = clock.now;
  const texts = {
    newsletter: 1,
    slug: `issue-${id + 1}`,
    subject: "",
    source: "",
    content,
    status: "sending",
  } as const;
  await db
    .insertInto("issues")
    .values({ ...texts, created_at: at, updated_at: at, audience_at: at, started_at: at })
    .execute();
  return id + 1;
}

async function finish(world: World, refused: (fault: unknown) => void = rethrow): Promise<void> {
  for (let turns = 0; turns < 3_000; turns += 1) {
    try {
      if (await turn(world.ctx)) continue;
      const due = await nextTurn(world.ctx);
      if (due === null) return;
      world.clock.now = Math.max(due, world.clock.now + 1);
    } catch (fault) {
      refused(fault);
    }
  }
  throw new Error("3,000 turns have not paid everything");
}

function rethrow(fault: unknown): never {
  throw fault;
}
