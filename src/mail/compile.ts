import { longestHtml } from "./check.ts";
import type { Block } from "./document.ts";
import { type Fault, isError, sortFaults } from "./fault.ts";
import { type FieldContext, markFields, type Place } from "./fields.ts";
import { issueHeaders } from "./headers.ts";
import { printHtml } from "./html.ts";
import { inlineCss } from "./inline.ts";
import { directionOf, formatDay } from "./language.ts";
import { joinFaults, lintHeads, lintMail } from "./lint.ts";
import { render } from "./liquid.ts";
import { isEmpty, readMarkdown } from "./markdown.ts";
import { createMarks, cut, type Marks, mark, measureMarked } from "./marks.ts";
import type { CompiledMail, Field, Mailbox } from "./message.ts";
import type { Size } from "./pictures.ts";
import { printText, tidyText } from "./plaintext.ts";
import { postalLine } from "./postal.ts";
import type { IssueRule } from "./rules.ts";
import { fillWithFallbacks, flattenHeader } from "./segments.ts";
import type { TemplateSource } from "./template.ts";
import { collectTemplates, markTemplates } from "./theme.ts";
import { printWeb } from "./web.ts";

/** Everything an issue is made of; the compiled mail is a function of it alone (FMT-10). */
export interface IssueInput {
  readonly templates: TemplateSource;
  readonly markdown: string;
  /** Line of the file where the Markdown begins, from 1. */
  readonly firstLine: number;
  readonly subject: string;
  readonly preheader: string;
  /** Where subject and preheader stand in the file, for faults; the file as a whole when not given. */
  readonly places?: { readonly subject?: Place; readonly preheader?: Place };
  /** Milliseconds UTC, shown as a day in the masthead. */
  readonly date: number | null;
  /** In which an instant is a day; UTC unless given. */
  readonly timeZone?: string;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** Where everybody reads this issue in a browser; null where nobody can. */
  readonly webUrl: string | null;
  /** Where everybody finds all issues of the newsletter; null where nobody does. */
  readonly archiveUrl: string | null;
  readonly language: string;
  readonly newsletter: {
    readonly name: string;
    readonly pitch: string;
    readonly slug: string;
    readonly listId: string;
    readonly from: Mailbox;
    readonly replyTo: Mailbox | null;
    readonly image: string | null;
  };
  readonly operator: { readonly name: string; readonly postalAddress: string; readonly privacyUrl: string };
  /** How large pictures are, by their whole addresses, as far as that is known. */
  readonly sizes?: ReadonlyMap<string, Size>;
  /** What reports about its mails are to bring back, beside the subscriber; without any, no mail is tagged. */
  readonly tags: readonly (readonly [name: string, value: string])[];
  /** Marks subject and both parts as a test. */
  readonly test?: boolean;
}

/** What everybody may read: no address, token or name of a reader (FMT-28). `html` is the body alone. */
export interface WebIssue {
  readonly title: string;
  /** The preheader, "" without one; contents frozen by earlier versions have none. */
  readonly summary?: string;
  /** The first picture, for social cards. */
  readonly picture?: { readonly src: string; readonly alt: string } | null;
  readonly html: string;
  readonly text: string;
}

export interface CompiledIssue {
  readonly mail: CompiledMail | null;
  readonly web: WebIssue | null;
  readonly faults: readonly Fault[];
}

const wholeFile: Place = { line: 0, column: 0 };

/** The triple of an issue, or of the test mails that show it to its editors first. */
function templatePaths(test: boolean): { subject: string; html: string; text: string } {
  const name = test ? "test" : "issue";
  return { subject: `mail/${name}.subject.liquid`, html: `mail/${name}.html.liquid`, text: `mail/${name}.text.liquid` };
}

/**
 * Compiles an issue once for all readers. `mail` and `web` are null when a fault is an error. Throws TemplateError for
 * a template that is missing or broken.
 */
export function compileIssue(input: IssueInput): CompiledIssue {
  const draft = readDraft(input);
  if (draft.faults.some(isError)) return { mail: null, web: null, faults: sortFaults(draft.faults) };
  const body = printHtml(draft.blocks);
  const tooMuch = lintBody(fillWithFallbacks(cut(draft.marks, body, "html")));
  if (tooMuch !== null) return { mail: null, web: null, faults: sortFaults([...draft.faults, tooMuch]) };
  const mail = compose(input, draft, body);
  const found = lintMail(mail, draft.marks, postalLine(input.operator.postalAddress));
  const faults = sortFaults(joinFaults(draft.faults, found));
  if (faults.some(isError)) return { mail: null, web: null, faults };
  return { mail, web: composeWeb(draft, input.sizes), faults };
}

interface Draft {
  readonly marks: Marks;
  readonly context: FieldContext;
  readonly subject: string;
  readonly preheader: string;
  readonly blocks: readonly Block[];
  readonly faults: readonly Fault[];
}

function readDraft(input: IssueInput): Draft {
  const { templates, ...plain } = input;
  const sources = collectTemplates(templates, Object.values(templatePaths(input.test === true)));
  const marks = createMarks([...sources.values(), JSON.stringify(plain)]);
  const urls = { site_url: input.publicUrl, ...(input.webUrl === null ? {} : { web_url: input.webUrl }) };
  const context = { marks, urls, hubUrl: `${input.publicUrl}/` };
  const start = { line: input.firstLine, column: 1 };
  const subjectPlace = input.places?.subject ?? wholeFile;
  const preheaderPlace = input.places?.preheader ?? wholeFile;
  const body = markFields(input.markdown, context, start);
  const subject = markFields(input.subject.trim(), context, subjectPlace);
  const preheader = markFields(input.preheader.trim(), context, preheaderPlace);
  const read = readMarkdown({ source: body, marks, publicUrl: input.publicUrl, language: input.language });
  const heads = lintHeads({ subject: input.subject, preheader: input.preheader, subjectPlace, preheaderPlace });
  const faults = [...heads, ...body.faults, ...subject.faults, ...preheader.faults, ...read.faults];
  const rule: IssueRule = "empty-body";
  if (isEmpty(read.blocks)) faults.push({ level: "error", rule, ...start, message: "This issue has no text." });
  return { marks, context, subject: subject.text, preheader: preheader.text, blocks: read.blocks, faults };
}

/** Inlining CSS only adds to a text, and takes seconds for one that is too long: that is known before (FMT-21). */
function lintBody(html: string): Fault | null {
  const size = new TextEncoder().encode(html).length;
  if (size <= longestHtml) return null;
  const message = `The text alone makes ${Math.ceil(size / 1000)} kB of HTML; Gmail cuts off at about 102.`;
  return { level: "error", rule: "html-size", ...wholeFile, message };
}

function compose(input: IssueInput, draft: Draft, bodyHtml: string): CompiledMail {
  const { marks } = draft;
  // Templates ask whether there is an address; an issue's own text that prints none is a fault.
  const urls = { web_url: "", ...draft.context.urls };
  const templates = markTemplates(input.templates, { ...draft.context, urls });
  const data = templateData(input, draft);
  const paths = templatePaths(input.test === true);
  const html = inlineCss(render(templates, paths.html, { ...data, body: bodyHtml }));
  const body = printText(draft.blocks, (word) => measureMarked(marks, word));
  const text = render(templates, paths.text, { ...data, body });
  const subject = flattenHeader(render(templates, paths.subject, data)).trim();
  const leaveUrl = mark(marks, { field: "leaveUrl", fallback: "" });
  const owner = (input.newsletter.replyTo ?? input.newsletter.from).address;
  const listed = {
    ...{ listName: input.newsletter.name, listId: input.newsletter.listId, leaveUrl, ownerAddress: owner },
    ...(input.archiveUrl === null ? {} : { archiveUrl: input.archiveUrl }),
  };
  return {
    from: input.newsletter.from,
    replyTo: input.newsletter.replyTo,
    subject: cut(marks, subject, "header"),
    html: cut(marks, html, "html"),
    text: cut(marks, tidyText(text), "text"),
    headers: issueHeaders(listed).map(([name, value]) => [name, cut(marks, value, "header")]),
    tags:
      input.tags.length === 0 ? [] : [...input.tags.map(([name, value]) => [name, [value]] as const), subscriberTag],
  };
}

const subscriberTag: CompiledMail["tags"][number] = [
  "subscriber",
  [{ field: "subscriber", as: "header", fallback: "" }],
];

function templateData(input: IssueInput, draft: Draft): object {
  const { newsletter, operator } = input;
  return {
    subject: draft.subject,
    preheader: draft.preheader,
    language: input.language,
    direction: directionOf(input.language),
    date: input.date === null ? "" : formatDay(input.date, input.language, input.timeZone ?? "UTC"),
    has_title: draft.blocks.some((block) => block.kind === "heading" && block.level === 1),
    test: input.test === true,
    site_url: input.publicUrl,
    web_url: input.webUrl ?? "",
    newsletter: {
      name: newsletter.name,
      pitch: newsletter.pitch,
      slug: newsletter.slug,
      image: newsletter.image?.startsWith("/") ? input.publicUrl + newsletter.image : (newsletter.image ?? ""),
    },
    operator: {
      name: operator.name,
      postal_address: operator.postalAddress.trim(),
      postal_line: postalLine(operator.postalAddress),
      privacy_url: operator.privacyUrl,
    },
  };
}

function composeWeb(draft: Draft, sizes: IssueInput["sizes"]): WebIssue {
  const show = (source: string, as: Field["as"]): string => fillWithFallbacks(cut(draft.marks, source, as));
  // What follows the path tells browsers which version it is, and the file is the same.
  const sizeOf = (src: string): Size | null => sizes?.get(show(src, "text").replace(/[?#].*$/, "")) ?? null;
  const shown = draft.blocks.find((block) => block.kind === "picture")?.picture;
  return {
    title: show(draft.subject, "header"),
    summary: show(draft.preheader, "header"),
    picture: shown === undefined ? null : { src: show(shown.src, "text"), alt: show(shown.alt, "text") },
    html: show(printWeb(draft.blocks, sizeOf), "html"),
    text: tidyText(
      show(
        printText(draft.blocks, (word) => [...show(word, "text")].length),
        "text",
      ),
    ),
  };
}
