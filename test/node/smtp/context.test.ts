import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { openContext } from "../../../src/node/context.ts";
import { notice } from "../../provider/samples.ts";
import { scratchFolder } from "../../world/scratch.ts";
import { keepJournal, talkOf, useFake } from "./rig.ts";

const rig = useFake();

function configFor(folder: string, more: Record<string, string> = {}) {
  return readConfig({
    TIDINGS_PROVIDER: "smtp",
    SMTP_URL: `smtp://127.0.0.1:${rig.fake.port}`,
    TIDINGS_PUBLIC_URL: "https://letters.example.org",
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_LOG: "silent",
    ...more,
  });
}

test("settings lead to the SMTP way out, which names the public host and leaves with the context", async () => {
  const folder = scratchFolder("smtp-context");
  const { ctx, close } = await openContext(configFor(folder));
  expect([ctx.provider.name, ctx.provider.knowsKeys]).toEqual(["smtp", false]);
  expect(await ctx.provider.notices([notice("a@post.tld")]).send("i/n/1", keepJournal())).toMatchObject({
    result: "accepted",
  });
  close();
  await expect.poll(async () => (await rig.fake.counts()).open, { timeout: 10_000 }).toBe(0);
  const { client } = await talkOf(rig.fake);
  expect(client).toMatch(/^EHLO letters\.example\.org\r\n/);
  expect(client).toMatch(/\r\nQUIT\r\n$/);
  rmSync(folder, { recursive: true });
});

test("a signing key that cannot be used keeps Tidings from starting", async () => {
  const folder = scratchFolder("smtp-context");
  const config = configFor(folder, { TIDINGS_DKIM_KEY: join(folder, "none.pem"), TIDINGS_DKIM_SELECTOR: "s1" });
  await expect(openContext(config)).rejects.toMatchObject({
    code: "misconfigured",
    details: { field: "TIDINGS_DKIM_KEY" },
  });
  rmSync(folder, { recursive: true });
});
