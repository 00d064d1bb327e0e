import { sha512 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { createApp } from "../src/app.ts";
import type { Config } from "../src/config.ts";
import type { AppContext } from "../src/context.ts";
import { type EditInstanceInput, editInstance } from "../src/instance/edit.ts";
import { countAudienceAsOf } from "../src/issue/audience.ts";
import { saveDraft } from "../src/issue/save.ts";
import { sendIssue } from "../src/issue/send.ts";
import { turn } from "../src/jobs.ts";
import { createLog, type Log } from "../src/log.ts";
import { type CreateNewsletterInput, createNewsletter } from "../src/newsletter/create.ts";
import type { Newsletter } from "../src/newsletter/find.ts";
import type { Outcome, Provider } from "../src/provider/contract.ts";
import { createOutbox, type MailKeep, type OutboxOptions } from "../src/provider/outbox.ts";
import type { Beside } from "./world/beside.ts";
import { formsOf } from "./world/forms.ts";
import type { Another, Given } from "./world/house.ts";
import { type Mail, readMail } from "./world/mail.ts";
// In workerd another file stands here (test/worker/project.ts).
import { openHouse } from "./world/platform.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** What a test sets; everything has a default. */
export interface WorldOptions extends Pick<Given, "probe" | "bell"> {
  readonly provider?: Provider;
  readonly environment?: Record<string, string>;
  /** Milliseconds UTC at the start. */
  readonly now?: number;
  /** The guard's limits as an installation has them; tests that are about something else sign up as often as they like. */
  readonly guarded?: boolean;
  /** Null leaves the instance record as a first start makes it. */
  readonly instance?: EditInstanceInput | null;
  /** Fewer mails per call than the outbox takes, for many batches from few readers. */
  readonly limits?: { readonly members: number };
  /** What the outbox pretends; `world.fault` does the same later. */
  readonly fault?: OutboxOptions["fault"];
}

export interface World {
  readonly app: ReturnType<typeof createApp>;
  readonly ctx: AppContext;
  readonly config: Config;
  /** Holds tidings.db, keys, outbox and templates; none in workerd. */
  readonly folder: string;
  /** A way of the test's own to the same database; to be closed before the world. */
  beside(): Beside;
  /** Another process on the same database, with the same clock; to be closed before the world. */
  another(own?: { provider?: Provider; log?: Log }): Promise<Another>;
  readonly firstToken: string | null;
  /** Milliseconds UTC; tests may set it. */
  readonly clock: { now: number };
  /** Log lines so far. */
  readonly logged: string[];
  /** The outbox's one switch. */
  fault: () => Outcome | null;
  advance(ms: number): void;
  /** Takes one turn; true while there may be more to do at once. */
  turn(): Promise<boolean>;
  /** Takes turns until nothing is owed at the present clock; tells how many. */
  drain(): Promise<number>;
  /** Kept mails, oldest first, of one address where given. */
  mails(to?: string): Promise<Mail[]>;
  /** Whom the kept mails went to, oldest first; cheaper than reading them. */
  recipients(): Promise<string[]>;
  /** Follows an address of ours with GET. */
  get(url: string, headers?: Record<string, string>): Promise<Response>;
  /** Posts a form as a browser does. */
  post(url: string, fields?: Fields, headers?: Record<string, string>): Promise<Response>;
  /** Opens a page and posts its first form whose action fits, with its hidden fields as they stand. */
  press(url: string, action?: RegExp, fields?: Fields): Promise<Response>;
  /** Signs up through the form; throws unless it answers as it always does. */
  signUp(address: string, slugs: string | readonly string[], fields?: Record<string, string>): Promise<void>;
  /** Presses the button behind the newest confirmation mail to an address. */
  confirm(address: string): Promise<Response>;
  /** Signs up, pays the mail and confirms. */
  join(address: string, slugs: string | readonly string[]): Promise<void>;
  newsletter(slug: string, extra?: Partial<CreateNewsletterInput>): Promise<Newsletter>;
  /** Changes the instance record. */
  instance(changes: EditInstanceInput): Promise<unknown>;
  /** Saves an issue and starts to send it to whoever is active now; nothing has left before `drain`. */
  send(newsletter: string, slug: string, extra?: { subject?: string; markdown?: string }): Promise<number>;
  close(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

type Fields = Record<string, string> | [string, string][];

function pairs(fields: Fields): [string, string][] {
  return Array.isArray(fields) ? fields : Object.entries(fields);
}

const operator: EditInstanceInput = {
  site: "The Harbour Courier",
  operator: "Harbour Courier Ltd",
  postalAddress: "4 Customs Quay\nMerrowhaven MH1 2QX",
  privacyUrl: "https://harbourcourier.example/privacy",
  contact: "readers@harbourcourier.example",
};

/** Nobody is limited, and nothing is an attack. */
const unguarded: EditInstanceInput = {
  signupLimits: { network: 1e9, domain: 1e9, newsletter: 1e9, total: 1e9 },
  challenge: "never",
};

/** A whole installation, on a file of its own or in workerd on a database of D1; only clock, randomness and key ring are ours. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = { now: options.now ?? Date.UTC(2026, 10, 22, 8) };
  const logged: string[] = [];
  const switches = { fault: options.fault ?? (() => null) };
  const house = await openHouse({
    environment: {
      TIDINGS_PUBLIC_URL: "https://letters.harbourcourier.example",
      TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only",
      ...options.environment,
    },
    clock: () => clock.now,
    random: drawing(),
    log: createLog(
      (line) => logged.push(line),
      () => clock.now,
    ),
    provider: (keep) => options.provider ?? outboxOf(keep, () => switches.fault(), options.limits),
    keepClock: rising(clock),
    ...(options.probe === undefined ? {} : { probe: options.probe }),
    ...(options.bell === undefined ? {} : { bell: options.bell }),
  });
  const { ctx, firstToken, folder, beside } = house;
  const another: World["another"] = (own = {}) => house.another({ clock: ctx.clock, log: ctx.log, ...own });
  const { config } = ctx;
  if (options.guarded !== true) await editInstance(ctx, unguarded);
  if (options.instance !== null) await editInstance(ctx, { ...operator, ...options.instance });
  const base = { app: createApp(ctx), ctx, config, folder, beside, another, firstToken, clock, logged };
  const world: World = Object.assign(switches, base, visits(base.app, config.publicUrl), editors(ctx, clock), {
    advance: (ms: number) => {
      clock.now += ms;
    },
    turn: () => turn(ctx),
    drain: () => drain(ctx),
    mails: mailReader(ctx),
    recipients: async () => (await keptMails(ctx)).map((mail) => mail.to),
    close: house.close,
    signUp: (address: string, slugs: string | readonly string[], fields: Record<string, string> = {}) =>
      signUp(world, address, slugs, fields),
    confirm: (address: string) => confirm(world, address),
    join: async (address: string, slugs: string | readonly string[]) => {
      await world.signUp(address, slugs);
      await world.drain();
      const answer = await world.confirm(address);
      if (answer.status !== 303) throw new Error(`confirming answered ${answer.status}`);
    },
    [Symbol.asyncDispose]: async () => world.close(),
  });
  return world;
}

function drawing(): (bytes: number) => Uint8Array {
  let drawn = 0;
  return (bytes) => sha512(utf8ToBytes(String(drawn++))).slice(0, bytes);
}

/** Mails of one millisecond are kept under rising times, so that their order is that of their leaving. */
function rising(clock: { now: number }): () => number {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now);
    return last;
  };
}

function outboxOf(keep: MailKeep, fault: () => Outcome | null, limits: { readonly members?: number } = {}): Provider {
  const outbox = createOutbox(keep, { fault });
  return { ...outbox, limits: { ...outbox.limits, ...limits } };
}

async function drain(ctx: AppContext): Promise<number> {
  for (let turns = 0; turns < 10_000; turns += 1) {
    if (!(await turn(ctx))) return turns;
  }
  throw new Error("10,000 turns have not paid everything: something is owed for ever");
}

async function keptMails(ctx: AppContext) {
  if (ctx.keep === null) throw new Error("this world has no outbox");
  return (await ctx.keep.list({ limit: 100_000 })).reverse();
}

function mailReader(ctx: AppContext): World["mails"] {
  const read = new Map<string, Mail>();
  return async (to) => {
    const wanted = (await keptMails(ctx)).filter((one) => to === undefined || one.to === to);
    return Promise.all(wanted.map(async ({ id }) => read.get(id) ?? remember(read, id, await ctx.keep?.read(id))));
  };
}

async function remember(read: Map<string, Mail>, id: string, raw: Uint8Array | null | undefined): Promise<Mail> {
  if (!raw) throw new Error(`the outbox lists ${id} and does not have it`);
  const mail = await readMail(raw);
  read.set(id, mail);
  return mail;
}

function visits(app: World["app"], publicUrl: string): Pick<World, "get" | "post" | "press"> {
  // As a proxy in front does with the path of the public address.
  const own = (url: string) => (url.startsWith(publicUrl) ? url.slice(publicUrl.length) : url);
  const get: World["get"] = async (url, headers = {}) => app.request(own(url), { headers });
  const post: World["post"] = async (url, fields = {}, headers = {}) =>
    app.request(own(url), { method: "POST", headers, body: new URLSearchParams(pairs(fields)) });
  return {
    get,
    post,
    press: async (url, action = /^/, fields = {}) => {
      const page = await get(url);
      const form = formsOf(await page.text()).find((one) => one.method === "post" && action.test(one.action));
      if (form === undefined) throw new Error(`the page ${new URL(url, "http://here").pathname} has no such form`);
      return post(new URL(form.action, new URL(url, publicUrl)).href, [...form.hidden, ...pairs(fields)]);
    },
  };
}

async function signUp(
  world: World,
  address: string,
  slugs: string | readonly string[],
  fields: Record<string, string>,
): Promise<void> {
  const chosen = [slugs].flat().map((slug): [string, string] => ["newsletter", slug]);
  const answer = await world.post("/subscribe", [["email", address], ...chosen, ...Object.entries(fields)]);
  if (answer.status !== 303) throw new Error(`sign-up answered ${answer.status}: ${await answer.text()}`);
}

async function confirm(world: World, address: string): Promise<Response> {
  const mail = (await world.mails(address)).findLast((one) => one.confirmLink !== "");
  if (mail === undefined) throw new Error("no confirmation mail has come to this address");
  return world.press(mail.confirmLink, /\/confirm\/[^/]+$/);
}

function editors(ctx: AppContext, clock: { now: number }): Pick<World, "newsletter" | "instance" | "send"> {
  return {
    instance: (changes) => editInstance(ctx, changes),
    newsletter: (slug, extra = {}) =>
      createNewsletter(ctx, {
        slug,
        name: `The ${slug} letter`,
        pitch: `What is new about ${slug}.`,
        senderName: "The Harbour Courier",
        senderAddress: `${slug}@harbourcourier.example`,
        ...extra,
      }),
    send: async (newsletter, slug, extra = {}) => {
      const { subject = `News of ${slug}`, markdown = "Good morning.\n\nThe tide is out." } = extra;
      const head = ["newsletter", "subject", "slug"].map(
        (key, at) => `${key}: ${[newsletter, JSON.stringify(subject), slug][at]}`,
      );
      await saveDraft(ctx, { source: `---\n${head.join("\n")}\n---\n\n${markdown}\n` });
      const row = await ctx.store.db
        .selectFrom("newsletters")
        .select("id")
        .where("slug", "=", newsletter)
        .executeTakeFirstOrThrow();
      const expect = await countAudienceAsOf(ctx, row.id, clock.now);
      const { issue } = await sendIssue(ctx, { newsletter, slug, expect, asOf: clock.now });
      return issue.id;
    },
  };
}
