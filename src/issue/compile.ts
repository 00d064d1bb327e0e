import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { type Instance, missingForMail, readInstance, remedyForMail } from "../instance/find.ts";
import { compileIssue, type IssueInput, type WebIssue } from "../mail/compile.ts";
import type { Fault } from "../mail/fault.ts";
import type { CompiledMail } from "../mail/message.ts";
import { type Size, sizeOf } from "../mail/pictures.ts";
import { TemplateError } from "../mail/template.ts";
import { nearest } from "../nearest.ts";
import { findNewsletter, isListed, listNewsletters, type Newsletter } from "../newsletter/find.ts";
import { type IssueFile, parseIssue } from "./parse.ts";

/** What is kept by hash: all that a batch of the issue is made of, besides its readers. */
export interface IssueContent {
  readonly publicUrl: string;
  /** Domain of the Message-IDs. */
  readonly domain: string;
  readonly mail: CompiledMail;
  readonly web: WebIssue;
}

/** An issue file checked against this installation. `content` is null where a fault stops it. */
export interface CheckedIssue {
  readonly faults: Fault[];
  readonly file: IssueFile | null;
  readonly newsletter: Newsletter | null;
  readonly content: IssueContent | null;
}

/** Parses and compiles an issue file with the newsletter it names; every fault carries its line. Writes nothing. */
export async function checkIssue(
  ctx: AppContext,
  input: { source: string; test?: boolean; preview?: string },
): Promise<CheckedIssue> {
  const parsed = parseIssue(input.source);
  if (parsed.issue === null) return { faults: parsed.faults, file: null, newsletter: null, content: null };
  const file = parsed.issue;
  const newsletter = await findNewsletter(ctx, file.newsletter);
  if (newsletter === null) {
    const faults = [...parsed.faults, await unknownNewsletter(ctx, input.source, file.newsletter)];
    return { faults, file, newsletter: null, content: null };
  }
  const instance = await readInstance(ctx);
  const tags = input.test === true ? [] : await tagsOf(ctx, instance.uid, newsletter, file.slug);
  const sizes = await sizesOf(ctx, file.markdown);
  const compiled = compile(inputOf(ctx, file, newsletter, complete(instance), { ...input, tags, sizes }));
  const faults = [...parsed.faults, ...incomplete(instance), ...compiled.faults].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  if (compiled.mail === null || compiled.web === null || faults.some((fault) => fault.level === "error")) {
    return { faults, file, newsletter, content: null };
  }
  const domain = newsletter.senderAddress.slice(newsletter.senderAddress.lastIndexOf("@") + 1);
  const content = { publicUrl: ctx.config.publicUrl, domain, mail: compiled.mail, web: compiled.web };
  return { faults, file, newsletter, content };
}

/**
 * What a provider's reports about a mail of this issue bring back, besides its reader: whose it is, and of which issue. None
 * before the file is kept as a draft.
 */
async function tagsOf(ctx: AppContext, uid: string, newsletter: Newsletter, slug: string): Promise<IssueInput["tags"]> {
  const row = await ctx.store.db
    .selectFrom("issues")
    .select("id")
    .where("newsletter", "=", newsletter.id)
    .where("slug", "=", slug)
    .executeTakeFirst();
  if (row === undefined) return [];
  return [
    ["instance", uid],
    ["newsletter", newsletter.slug],
    ["issue", String(row.id)],
  ];
}

/** More pictures than an issue has. */
const mostPictures = 100;

/** Sizes of our own pictures that a text may show, by their addresses; those of other sites are not asked for. */
async function sizesOf(ctx: AppContext, markdown: string): Promise<Map<string, Size>> {
  const named = new Set(
    [...markdown.matchAll(/\/assets\/([\w./-]+\.(?:png|jpe?g|gif|webp))/gi)].map(([, path = ""]) => path),
  );
  const sizes = new Map<string, Size>();
  for (const path of [...named].slice(0, mostPictures)) {
    const asset = await ctx.assets.read(path);
    const size = asset === null ? null : sizeOf(asset.body);
    if (size !== null) sizes.set(`${ctx.config.publicUrl}/assets/${path}`, size);
  }
  return sizes;
}

/** The fault of an installation that may not mail yet (LAW-09); it stops the issue, whatever its file says. */
function incomplete(instance: Instance): Fault[] {
  const missing = missingForMail(instance);
  if (missing.length === 0) return [];
  const message = `Nothing can be sent before these are set: ${missing.join(", ")}.`;
  return [{ level: "error", rule: "instance-incomplete", line: 0, column: 0, message, hint: remedyForMail(missing) }];
}

/** The same instance with stand-ins for what is missing, so that it is named once and the file's own faults still show. */
function complete(instance: Instance): Instance {
  return {
    ...instance,
    operator: instance.operator || "Operator",
    postalAddress: instance.postalAddress || "Postal address",
    privacyUrl: instance.privacyUrl || "https://privacy.invalid/",
  };
}

/** A template that is missing or broken stops the issue like a fault of its own; the message names file and line. */
function compile(input: IssueInput): ReturnType<typeof compileIssue> {
  try {
    return compileIssue(input);
  } catch (fault) {
    if (!(fault instanceof TemplateError)) throw fault;
    throw new AppError("preflight", fault.message, { field: fault.path }, { cause: fault });
  }
}

function inputOf(
  ctx: AppContext,
  file: IssueFile,
  newsletter: Newsletter,
  instance: Instance,
  how: { test?: boolean; preview?: string; tags: IssueInput["tags"]; sizes: ReadonlyMap<string, Size> },
): IssueInput {
  const { publicUrl } = ctx.config;
  const web = newsletter.archive === "none" ? null : `${publicUrl}/n/${newsletter.slug}/${file.slug}`;
  return {
    templates: ctx.templates,
    markdown: file.markdown,
    firstLine: file.firstLine,
    subject: file.subject,
    preheader: file.preheader,
    places: file.places,
    date: file.date,
    timeZone: instance.timeZone,
    publicUrl,
    webUrl: web === null || how.preview === undefined ? web : `${web}?preview=${how.preview}`,
    archiveUrl: isListed(newsletter) ? `${publicUrl}/n/${newsletter.slug}/archive` : null,
    language: newsletter.language,
    newsletter: {
      name: newsletter.name,
      pitch: newsletter.pitch,
      slug: newsletter.slug,
      listId: newsletter.listId,
      from: { name: newsletter.senderName, address: newsletter.senderAddress },
      replyTo: newsletter.replyTo === null ? null : { name: "", address: newsletter.replyTo },
      image: newsletter.image,
    },
    operator: {
      name: instance.operator,
      postalAddress: instance.postalAddress,
      privacyUrl: instance.privacyUrl,
    },
    sizes: how.sizes,
    tags: how.tags,
    test: how.test === true,
  };
}

async function unknownNewsletter(ctx: AppContext, source: string, slug: string): Promise<Fault> {
  const slugs = (await listNewsletters(ctx)).map((one) => one.slug);
  const near = nearest(slug, slugs);
  const line = source.split(/\r\n?|\n/).findIndex((text) => /^\s*newsletter\s*:/.test(text)) + 1;
  return {
    level: "error",
    rule: "unknown-newsletter",
    line: Math.max(line, 1),
    column: 1,
    message: `There is no newsletter "${slug}".`,
    hint:
      near === null
        ? `Use one of: ${slugs.join(", ") || "none yet; make one with: tidings newsletter create"}.`
        : `Did you mean ${near}?`,
  };
}
