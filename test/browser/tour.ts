import { editInstance } from "../../src/instance/edit.ts";
import { countAudienceAsOf } from "../../src/issue/audience.ts";
import { correctIssue } from "../../src/issue/correct.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { createNewsletter } from "../../src/newsletter/create.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { listNewsletters, type Newsletter } from "../../src/newsletter/find.ts";
import type { Stage } from "./browser.ts";

/** A page, by its address, or by the button that is pressed on the page before it. */
export interface Stop {
  readonly name: string;
  readonly path?: string;
  /** Selector of the button. */
  readonly press?: string;
  /** What is typed as an address before that. */
  readonly email?: string;
  /** Its policy holds back what axe works by. */
  readonly sandboxed?: true;
  /** Only led through. */
  readonly passed?: true;
  /** Looked at in English elsewhere, on several screens. */
  readonly usual?: true;
}

/** Pages that one comes to one after another. */
export type Way = readonly Stop[];

/** A newsroom in one language, in which its pages speak too that are about no newsletter; and all that there is to see of it. */
export async function furnishIn(stage: Stage, language: string, name: string): Promise<Way[]> {
  const { ctx } = stage;
  // Dozens sign up from one machine within seconds, which is none of the matters here.
  const many = { network: 1e9, domain: 1e9, newsletter: 1e9, total: 1e9 };
  await editInstance(ctx, { language, signupLimits: many, challenge: "never" });
  // What was furnished before would only lengthen every list of further newsletters.
  for (const { slug } of await listNewsletters(ctx, { status: "open" })) {
    if (/^(?:open|second)-/.test(slug)) await editNewsletter(ctx, { slug, changes: { status: "hidden" } });
  }
  const common = { language, name, pitch: name, senderName: name, senderAddress: "news@harbourpost.example" };
  const make = (kind: string, status: Newsletter["status"]) =>
    createNewsletter(ctx, { ...common, slug: `${kind}-${language}`, status, thanks: name });
  const open = await make("open", "open");
  await make("second", "open");
  await make("paused", "paused");
  await make("closed", "closed");
  const town = townIn(stage, language, open);
  await publish(town, name);
  return [...pagesOfAll(town), ...(await asking(town)), ...(await staying(town)), ...(await leaving(town))];
}

interface Town {
  readonly stage: Stage;
  readonly language: string;
  /** The newsletter that takes readers. */
  readonly open: Newsletter;
  address(name: string): string;
  /** Asks for the newsletter as a form does; the reader's id, and that of the mail owed then, whether it has left or not. */
  ask(name: string, ...slugs: string[]): Promise<{ reader: number; notice: number }>;
  /** Asks for both newsletters, and confirms; the reader's id. */
  join(name: string): Promise<number>;
}

function townIn(stage: Stage, language: string, open: Newsletter): Town {
  const address = (name: string) => `${name}-${language}@harbour.example`;
  const ask: Town["ask"] = async (name, ...slugs) => {
    const chosen = [open.slug, ...slugs].map((slug): [string, string] => ["newsletter", slug]);
    await post(stage, "/subscribe", [["email", address(name)], ...chosen]);
    const found = stage.ctx.store.db.selectFrom("subscribers").select("id").where("email", "=", address(name));
    const { id } = await found.executeTakeFirstOrThrow();
    return { reader: id, notice: await noticeOf(stage, id, "confirmation") };
  };
  const join: Town["join"] = async (name) => {
    const { reader, notice } = await ask(name, `second-${language}`);
    await post(stage, `/confirm/${stage.ctx.signer.sign("confirm", [notice])}`, {});
    return reader;
  };
  return { stage, language, open, address, ask, join };
}

async function post(stage: Stage, path: string, fields: Record<string, string> | [string, string][]): Promise<void> {
  const how = { method: "POST", body: new URLSearchParams(fields), redirect: "manual" } as const;
  const { status } = await fetch(`${stage.url}${path}`, how);
  if (status >= 400) throw new Error(`${path} answered ${status}`);
}

async function noticeOf({ ctx }: Stage, reader: number, kind: "confirmation" | "link" | "address"): Promise<number> {
  const owed = ctx.store.db
    .selectFrom("notices")
    .select("id")
    .where("subscriber", "=", reader)
    .where("kind", "=", kind);
  return (await owed.orderBy("id", "desc").executeTakeFirstOrThrow()).id;
}

/** Two issues, the newer one corrected since. */
async function publish({ stage: { ctx }, open, join }: Town, name: string): Promise<void> {
  const file = (slug: string, text: string) =>
    `---\nnewsletter: ${open.slug}\nsubject: ${name}\nslug: ${slug}\n---\n\n## ${name}\n\n${text}\n`;
  await join("first");
  for (const slug of ["older", "newer"]) {
    await saveDraft(ctx, { source: file(slug, name) });
    const asOf = ctx.clock();
    const expect = await countAudienceAsOf(ctx, open.id, asOf);
    await sendIssue(ctx, { newsletter: open.slug, slug, expect, asOf });
  }
  await correctIssue(ctx, { source: file("newer", `${name}!`), note: name });
}

const bad = "ana@harbour";
const button = "main form button";
const ownData = "section[aria-labelledby=data] form button";

/** Pages that nobody needs a link for. */
function pagesOfAll({ language, open, address }: Town): Way[] {
  return [
    [
      { name: "hub", path: `/?lang=${language}`, usual: true },
      { name: "hub, bad address", press: button, email: bad, usual: true },
    ],
    [
      { name: "newsletter", path: `/n/${open.slug}`, usual: true },
      { name: "thanks", press: button, email: address("new"), usual: true },
    ],
    [
      { name: "frame", path: `/embed/${open.slug}`, usual: true },
      { name: "frame, thanks", press: button, email: address("framed") },
    ],
    [{ name: "frame, closed", path: `/embed/closed-${language}` }],
    [{ name: "paused newsletter", path: `/n/paused-${language}` }],
    [{ name: "closed newsletter", path: `/n/closed-${language}`, usual: true }],
    [{ name: "archive", path: `/n/${open.slug}/archive`, usual: true }],
    [{ name: "issue, corrected", path: `/n/${open.slug}/newer`, sandboxed: true }],
    [
      { name: "asking for one's link", path: "/preferences", usual: true },
      { name: "asking for one's link, bad address", press: button, email: bad },
      { name: "link sent", press: button, email: address("nobody"), usual: true },
    ],
    [{ name: "not found", path: "/nothing", usual: true }],
    [{ name: "unknown link to confirm", path: "/confirm/forged", usual: true }],
    [{ name: "unknown link", path: "/u/forged" }],
  ];
}

/** Behind the links of a confirmation mail. */
async function asking({ stage: { ctx }, ask }: Town): Promise<Way[]> {
  const linkFor = async (name: string) => `/confirm/${ctx.signer.sign("confirm", [(await ask(name)).notice])}`;
  return [
    [
      { name: "confirm", path: await linkFor("asker"), usual: true },
      { name: "confirmed", press: button, usual: true },
    ],
    [
      { name: "not me", path: `${await linkFor("stranger")}/not-me`, usual: true },
      { name: "not me, done", press: button },
      { name: "never again", press: button },
    ],
    [{ name: "expired", path: `/confirm/${ctx.signer.sign("confirm", [999_999])}`, usual: true }],
  ];
}

/** A reader's own pages, by the link in every issue and by a fresh one. */
async function staying({ stage, join, address }: Town): Promise<Way[]> {
  const { sign } = stage.ctx.signer;
  const keeper = await join("keeper");
  const fresh = async (name: string, to: string) => {
    const reader = await join(name);
    await post(stage, "/preferences", { email: address(name) });
    const manage = `/manage/${sign("manage", [await noticeOf(stage, reader, "link"), reader])}`;
    await post(stage, manage, { do: "address", email: address(to) });
    return { manage, move: `/address/${sign("address", [await noticeOf(stage, reader, "address"), reader])}` };
  };
  const [mover, eraser] = [await fresh("mover", "moved"), await fresh("eraser", "keeper")];
  return [
    [
      { name: "preferences", path: `/p/${sign("preferences", [keeper])}`, usual: true },
      { name: "preferences, paused", press: "button[name=weeks]" },
      { name: "preferences, link sent", press: ownData },
      { name: "preferences, something left", press: ".mine-acts > form:last-child button", usual: true },
      { name: "reason noted", press: "form[action$='/reason'] button" },
    ],
    [
      { name: "by a fresh link", path: mover.manage, usual: true },
      { name: "by a fresh link, bad address", press: ownData, email: bad, usual: true },
      { name: "new address", path: mover.move, usual: true },
      { name: "address changed", press: button },
    ],
    [
      { name: "address of somebody else", path: eraser.move, passed: true },
      { name: "address refused", press: button },
      { name: "erasing oneself", path: `${eraser.manage}/erase`, usual: true },
      { name: "erased", press: button },
    ],
    [{ name: "nobody's page", path: `/p/${sign("preferences", [999_999])}` }],
    [{ name: "link expired", path: `/manage/${sign("manage", [999_999, keeper])}` }],
  ];
}

/** Behind the link to leave. */
async function leaving({ stage: { ctx }, join, open }: Town): Promise<Way[]> {
  return [
    [
      { name: "leave", path: `/u/${ctx.signer.sign("leave", [open.id, await join("leaver")])}`, usual: true },
      { name: "paused instead", press: "button[name=weeks]" },
      { name: "left", press: button, usual: true },
      { name: "back again", press: "form[action$='/undo'] button" },
    ],
  ];
}
