import { sql } from "kysely";
import { expect, test } from "vitest";
import { confirm } from "../../src/subscription/confirm.ts";
import { erase } from "../../src/subscription/erase.ts";
import { renew } from "../../src/subscription/renew.ts";
import { openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

async function asked(): Promise<{ world: World; token: string }> {
  const world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome." });
  await world.signUp(ada, "tides");
  await world.drain();
  const [mail] = await world.mails(ada);
  return { world, token: mail?.confirmLink.split("/").at(-1) ?? "" };
}

async function count(world: World, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) n from ${sql.table(table)}`.execute(world.ctx.store.db);
  return rows[0]?.n ?? 0;
}

// Each verb reads, then commits; an erasure of the same turn commits in between, whichever is called first.
test.each([
  ["confirming", (world: World, token: string) => confirm(world.ctx, { token })],
  ["asking for a new link", (world: World, token: string) => renew(world.ctx, { token, wording: "as shown" })],
])("%s while an erasure commits brings nobody back and fails nobody", async (_what, act) => {
  for (const first of ["confirmed", "pending"]) {
    const { world, token } = await asked();
    if (first === "confirmed") await confirm(world.ctx, { token });
    await Promise.all([erase(world.ctx, { address: ada }), act(world, token), act(world, token)]);
    expect(await count(world, "subscribers")).toBe(0);
    expect(await count(world, "notices")).toBe(0);
    const { rows } = await sql`select reason from suppressions`.execute(world.ctx.store.db);
    expect(rows).toEqual([{ reason: "erased" }]);
    world.close();
  }
});
