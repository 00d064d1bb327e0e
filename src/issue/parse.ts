import { type Fault, isError, sortFaults } from "../mail/fault.ts";
import type { Place } from "../mail/fields.ts";
import { headerFault } from "../mail/headers.ts";
import { readDate } from "./date.ts";
import type { FileRule } from "./file-rules.ts";
import { type FrontMatter, type IssueKey, readFrontMatter, type Setting } from "./front-matter.ts";
import { isSlug, proposeSlug } from "./slug.ts";

/** An issue as its file says it; the Markdown is not compiled yet and has LF line ends. */
export interface IssueFile {
  readonly newsletter: string;
  readonly subject: string;
  /** "" when the file has none. */
  readonly preheader: string;
  readonly slug: string;
  /** Milliseconds UTC (00:00 UTC when the file names a day only), or null. */
  readonly date: number | null;
  readonly markdown: string;
  /** The line of the file, from 1, on which `markdown` begins. */
  readonly firstLine: number;
  /** Where the texts of subject and preheader begin in the file, for faults that the compiler finds in them. */
  readonly places: { readonly subject?: Place; readonly preheader?: Place };
}

/** The issue, or null when any fault is an error; faults come in the order of their lines. */
export interface ParsedIssue {
  readonly issue: IssueFile | null;
  readonly faults: Fault[];
}

interface Parts {
  readonly frontMatter: FrontMatter;
  readonly markdown: string;
  readonly firstLine: number;
}

type Report = (rule: FileRule, at: Place, message: string, hint: string) => void;

const longestFile = 1_000_000;
const longestFrontMatter = 10_000;
const longestSubject = 200;
const longestPreheader = 140;
const longestMessage = 400;
const top = { line: 1, column: 1 };

/** Reads an issue file (text of a Markdown file with front matter); `file` is its name, for proposals only. Never throws. */
export function parseIssue(source: string, file?: string): ParsedIssue {
  const faults: Fault[] = [];
  const report: Report = (rule, at, message, hint) => {
    const level = warnings.has(rule) ? "warning" : "error";
    faults.push({ level, rule, line: at.line, column: at.column, message, hint });
  };
  const parts = isReadable(source, report) ? split(source, report) : null;
  if (parts === null) return { issue: null, faults };
  faults.push(...parts.frontMatter.faults);
  const issue = assemble(parts, file, report);
  return { issue: faults.some(isError) ? null : issue, faults: sortFaults(faults).map(printable) };
}

/** SEC-23: faults quote the file and end in a terminal, so nothing in them steers it, and none fills the screen. */
function printable(fault: Fault): Fault {
  const clean = (text: string): string => {
    const visible = text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
    return visible.length > longestMessage ? `${visible.slice(0, longestMessage).toWellFormed()}…` : visible;
  };
  const { hint, ...rest } = fault;
  return { ...rest, message: clean(fault.message), ...(hint === undefined ? {} : { hint: clean(hint) }) };
}

const warnings: ReadonlySet<FileRule> = new Set(["preheader-length"]);

function isReadable(source: string, report: Report): boolean {
  // Encoding what is too long anyway would cost memory for nothing.
  const size = source.length > longestFile ? source.length : new TextEncoder().encode(source).length;
  if (size > longestFile) {
    const hint = "Shorten it; pictures are linked, not pasted into the file.";
    report("file-size", top, `The file is over 1 MB (${(size / 1e6).toFixed(1)} MB).`, hint);
    return false;
  }
  const damaged = source.search(/\0|\ufffd|\p{Surrogate}/u);
  if (damaged !== -1) {
    const hint = "Save the file as UTF-8 in your editor, then look at the characters around this place.";
    report(
      "file-encoding",
      placeOf(source, damaged),
      "The file is not clean UTF-8 text; a character is damaged.",
      hint,
    );
    return false;
  }
  if (source.replace(/^\ufeff/, "").trim() === "") {
    report("file-empty", top, "The file is empty.", startHint);
    return false;
  }
  return true;
}

const startHint =
  'Begin with a line of three dashes, then "newsletter: …", "subject: …" and "slug: …", then three dashes, then the letter.';

function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset).split(/\r\n?|\n/);
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** Cuts the file at its two lines of dashes; line ends become LF, so that lines count the same in every editor. */
function split(source: string, report: Report): Parts | null {
  const lines = source.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  if (!isFence(lines[0] ?? "")) {
    refuseStart(lines, report);
    return null;
  }
  const end = lines.findIndex((line, index) => index > 0 && isFence(line));
  if (end === -1) {
    const other = lines.findIndex((line, index) => index > 0 && !/^[A-Za-z_]+:(?:\s|$)/.test(line));
    const hint = `Put a line of three dashes after line ${other === -1 ? lines.length : other}, before the letter.`;
    report("front-matter-open", top, "The front matter begins here and never ends.", hint);
    return null;
  }
  const yaml = lines.slice(1, end).join("\n");
  if (yaml.length > longestFrontMatter) {
    const hint = `It ends at the dashes on line ${end + 1}. Is the line of three dashes before the letter missing?`;
    report("front-matter-size", top, "The front matter is longer than 10,000 characters.", hint);
    return null;
  }
  const frontMatter = readFrontMatter(yaml, 2);
  return { frontMatter, markdown: lines.slice(end + 1).join("\n"), firstLine: end + 2 };
}

function isFence(line: string): boolean {
  return /^---[ \t]*$/.test(line);
}

function refuseStart(lines: readonly string[], report: Report): void {
  const first = lines.findIndex((line) => line.trim() !== "");
  const line = lines[first] ?? "";
  if (first > 0 && isFence(line)) {
    const hint = `Delete the empty lines above the dashes on line ${first + 1}.`;
    report("front-matter-missing", top, "The file begins with empty lines, not with its front matter.", hint);
  } else if (/^\s*[-–—]+\s*$/.test(line)) {
    const at = { line: first + 1, column: 1 };
    report("front-matter-missing", at, "This line should be exactly three hyphens.", 'Write "---" and nothing else.');
  } else report("front-matter-missing", top, "The file has no front matter.", startHint);
}

function assemble(parts: Parts, file: string | undefined, report: Report): IssueFile {
  const { frontMatter, markdown, firstLine } = parts;
  const subject = frontMatter.settings.get("subject");
  const proposal = proposeSlug(subject?.text ?? "") || proposeSlug(baseName(file)) || "harbour-wall-vote";
  reportMissing(frontMatter, proposal, report);
  checkSubject(subject, report);
  checkPreheader(frontMatter, report);
  checkSlugs(frontMatter, proposal, report);
  const date = checkDate(frontMatter.settings.get("date"), report);
  if (markdown.trim() === "") {
    const at = { line: firstLine - 1, column: 1 };
    report("markdown-empty", at, "There is no text below the front matter.", "Write the letter below these dashes.");
  }
  const text = (key: IssueKey): string => frontMatter.settings.get(key)?.text ?? "";
  const fields = { newsletter: text("newsletter"), subject: text("subject"), preheader: text("preheader") };
  const preheader = frontMatter.settings.get("preheader");
  const places = {
    ...(subject === undefined ? {} : { subject: subject.letter }),
    ...(preheader === undefined ? {} : { preheader: preheader.letter }),
  };
  return { ...fields, slug: text("slug"), date, markdown, firstLine, places };
}

function baseName(file: string | undefined): string {
  return (file ?? "").replace(/^.*[/\\]/s, "").replace(/\.[^.]*$/, "");
}

function reportMissing(frontMatter: FrontMatter, proposal: string, report: Report): void {
  const hints = {
    newsletter: 'Add a line "newsletter: " with the slug of the newsletter that this issue belongs to.',
    subject: 'Add a line "subject: " with the line readers see in their inbox.',
    slug: `Add a line "slug: ${proposal}": the issue's name in links; it stays for good.`,
  };
  for (const key of ["newsletter", "subject", "slug"] as const) {
    if (!frontMatter.meant.has(key)) report("missing-key", top, `The front matter has no "${key}".`, hints[key]);
  }
}

function checkSubject(subject: Setting | undefined, report: Report): void {
  if (subject === undefined) return;
  if (!checkCharacters("subject", subject, report)) return;
  if (subject.text.length > longestSubject) {
    const message = `The subject is ${subject.text.length} characters long; ${longestSubject} are allowed.`;
    report(
      "subject-length",
      subject,
      message,
      "Phones show about 40 characters: put what matters first and shorten the rest.",
    );
  }
}

function checkPreheader(frontMatter: FrontMatter, report: Report): void {
  const preheader = frontMatter.settings.get("preheader");
  if (preheader === undefined || !checkCharacters("preheader", preheader, report)) return;
  if (preheader.text.length > longestPreheader) {
    const message = `The preheader is ${preheader.text.length} characters long; mail programs cut it off.`;
    report("preheader-length", preheader, message, `Keep it under ${longestPreheader} characters.`);
  }
}

/** FMT-15: refused, never stripped. */
function checkCharacters(key: IssueKey, setting: Setting, report: Report): boolean {
  const problem = headerFault(setting.text);
  if (problem === null) return true;
  const hint = "Type the line anew, without escapes; characters pasted from elsewhere are the usual cause.";
  report("control-character", setting, `The ${key} holds ${problem}.`, hint);
  return false;
}

function checkSlugs(frontMatter: FrontMatter, proposal: string, report: Report): void {
  const newsletter = frontMatter.settings.get("newsletter");
  if (newsletter !== undefined && !isSlug(newsletter.text)) {
    const guess = proposeSlug(newsletter.text);
    const hint = `Write the newsletter's slug, not its name${guess === "" ? "" : `, for example: newsletter: ${guess}`}`;
    report("newsletter-slug", newsletter, "This is not the slug of a newsletter.", hint);
  }
  const slug = frontMatter.settings.get("slug");
  if (slug !== undefined && !isSlug(slug.text)) {
    const message = "A slug holds lower-case letters, digits and hyphens between them, at most 80.";
    report("issue-slug", slug, message, `Write: slug: ${proposeSlug(slug.text) || proposal}`);
  } else if (slug?.text === "archive") {
    const message = "The slug is the address of an issue, and that of the list of all issues ends in archive.";
    report("issue-slug", slug, message, `Write: slug: ${proposal === "archive" ? "the-archive" : proposal}`);
  }
}

function checkDate(date: Setting | undefined, report: Report): number | null {
  if (date === undefined) return null;
  const reading = readDate(date.text);
  switch (reading.outcome) {
    case "read":
      return reading.time;
    case "format": {
      const hint = "Write a day as 2026-11-22, or a time with its zone as 2026-11-22T06:30+01:00.";
      report("date-format", date, "The date cannot be read.", hint);
      return null;
    }
    case "impossible": {
      const hint = "Correct the day, the hour or the zone; years run from 1970 to 2199.";
      report("date-impossible", date, "There is no such date.", hint);
      return null;
    }
  }
}
