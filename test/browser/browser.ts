import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { AppContext } from "../../src/context.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { countAudienceAsOf } from "../../src/issue/audience.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { type Running, serve } from "../../src/node/serve.ts";
import { diskFolder } from "../world/scratch.ts";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const places = process.env.CHROMIUM ? [process.env.CHROMIUM] : usual;

/** Where Chromium is; null where these tests cannot run. */
export const executable = places.find((place) => existsSync(place)) ?? null;

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A phone and a desktop, by light and by night. */
export const screens = [
  { name: "phone, light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { name: "phone, dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { name: "desktop, light", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "desktop, dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
] as const;

export interface Stage {
  readonly ctx: AppContext;
  readonly url: string;
  /** A window of its own; closed with the browser. */
  window(options?: Parameters<Browser["newContext"]>[0]): Promise<{ page: Page; context: BrowserContext }>;
}

/** The real server with an invented newsroom, and a real browser, for all tests of one file. */
export function openStage(): Stage {
  let browser: Browser | undefined;
  let running: Running | undefined;
  beforeAll(async () => {
    running = await serve(await configFor(diskFolder("browser")));
    await furnish(running.opened.ctx);
    browser = await chromium.launch({ executablePath: executable ?? "", args: quiet });
  });
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
  });
  return {
    get ctx() {
      return present(running).opened.ctx;
    },
    get url() {
      return present(running).url;
    },
    async window(options = {}) {
      const context = await present(browser).newContext({ ...options, baseURL: present(running).url });
      context.setDefaultTimeout(20_000);
      return { context, page: await context.newPage() };
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the stage opens before the first test, not earlier");
  return value;
}

async function configFor(folder: string) {
  const port = await freePort();
  return readConfig({
    TIDINGS_PORT: String(port),
    TIDINGS_PUBLIC_URL: `http://127.0.0.1:${port}`,
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_OUTBOX: join(folder, "outbox"),
    TIDINGS_TEMPLATES: join(folder, "templates"),
    TIDINGS_LOG: "silent",
  });
}

/** Links need the port before the server listens. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function furnish(ctx: AppContext): Promise<void> {
  await editInstance(ctx, {
    site: "The Harbour Post",
    operator: "Harbour Post Publishing",
    postalAddress: "4 Customs Quay\nPort Alder PA1 2QX",
    privacyUrl: "https://harbourpost.example/privacy",
    contact: "readers@harbourpost.example",
  });
  const sender = { senderName: "The Harbour Post", senderAddress: "news@harbourpost.example" };
  await createNewsletter(ctx, {
    ...sender,
    ...{ slug: "morning-tide", name: "The Morning Tide", pitch: "What the day brings to Port Alder." },
    ...{ about: "Five stories.\n\nOne tide table.", frequency: "Every weekday at six", group: "News", position: 1 },
    ...{ image: "/assets/icon.svg", imageAlt: "Dawn over the harbour", thanks: "The next one leaves at six." },
  });
  await createNewsletter(ctx, {
    ...sender,
    ...{ slug: "council-watch", name: "Council Watch", pitch: "Who voted for what.", group: "News", position: 2 },
  });
  await createNewsletter(ctx, {
    ...sender,
    ...{ slug: "hafenbrief", name: "Hafenbrief", pitch: "Die Woche aus Port Alder.", language: "de" },
    ...{ group: "Leisure", position: 3 },
  });
}

/** Signs up over HTTP as the form does, and confirms behind the mailed link. */
export async function joinUp(stage: Stage, email: string, ...slugs: string[]): Promise<void> {
  const fields = [["email", email], ...slugs.map((slug) => ["newsletter", slug])];
  await fetch(`${stage.url}/subscribe`, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const [link = ""] = await mailedLinks(stage, email, "confirm");
  await fetch(link, { method: "POST", redirect: "manual" });
}

/** A real server and a real browser share two cores: what comes at all is waited for. */
const patience = { timeout: 20_000, interval: 50 };

/** Links of one kind in the newest mail to an address that has any; waits until it has come. */
export function mailedLinks(stage: Stage, email: string, kind: "confirm" | "u" | "p"): Promise<string[]> {
  return vi.waitFor(async () => {
    const kept = (await stage.ctx.keep?.list({ limit: 100 })) ?? [];
    for (const { id } of kept.filter((mail) => mail.to === email)) {
      const raw = new TextDecoder().decode((await stage.ctx.keep?.read(id)) ?? new Uint8Array());
      const found = raw.replaceAll("=\r\n", "").match(new RegExp(`${stage.url}/${kind}/[a-z2-7]+`, "g"));
      if (found !== null) return found;
    }
    throw new Error(`no mail with such a link has come to ${email}`);
  }, patience);
}

/** Sends an issue to whoever is active now. */
export async function publish(stage: Stage, slug: string): Promise<void> {
  const source = `---
newsletter: morning-tide
subject: The last ferry, and who pays for it
preheader: Two million a year, or a smaller boat
slug: ${slug}
---

Good morning, {{ subscriber.name | default: "reader" }}. The council sat until **one o'clock**.

## What was decided

| Year | Cost |
| ---- | ---: |
| 2026 | 2 m  |

> A promise is not a budget line.

See [the minutes](https://town.example/minutes).
`;
  await saveDraft(stage.ctx, { source });
  const asOf = stage.ctx.clock();
  const { id } = await stage.ctx.store.db
    .selectFrom("newsletters")
    .select("id")
    .where("slug", "=", "morning-tide")
    .executeTakeFirstOrThrow();
  const expect = await countAudienceAsOf(stage.ctx, id, asOf);
  await sendIssue(stage.ctx, { newsletter: "morning-tide", slug, expect, asOf });
}
