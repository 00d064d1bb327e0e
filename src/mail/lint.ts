import { checkMail } from "./check.ts";
import type { Fault } from "./fault.ts";
import type { Place } from "./fields.ts";
import { headerFault } from "./headers.ts";
import { isBroken, type Marks } from "./marks.ts";
import type { CompiledMail, FieldName, Segments } from "./message.ts";
import type { IssueRule } from "./rules.ts";
import { escapeHtml, fillWithFallbacks } from "./segments.ts";

/** Subject and preheader as written, and where they stand. */
export interface Heads {
  readonly subject: string;
  readonly preheader: string;
  readonly subjectPlace: Place;
  readonly preheaderPlace: Place;
}

/** Faults of subject and preheader. */
export function lintHeads(heads: Heads): Fault[] {
  const faults: Fault[] = [];
  const add = (level: Fault["level"], rule: IssueRule, place: Place, message: string, hint: string): void => {
    faults.push({ level, rule, ...place, message, hint });
  };
  const subject = heads.subject.trim();
  const control = headerFault(subject);
  const length = [...subject].length;
  const at = heads.subjectPlace;
  if (subject === "") add("error", "subject-empty", at, "The subject is empty.", "Add subject: to the file's head.");
  if (control !== null) add("error", "subject-control", at, `The subject holds ${control}.`, "Write it on one line.");
  if (length > 78) {
    add("warning", "subject-long", at, `The subject has ${length} characters.`, "Keep it to 78, best to 50.");
  }
  if (heads.preheader.trim() === "") {
    const hint = "Add preheader: to the file's head, 40 to 130 characters that go on where the subject ends.";
    add("warning", "preheader-missing", heads.preheaderPlace, "There is no preheader.", hint);
  }
  if (/\{\{\s*(subscriber\.email|unsubscribe_url|preferences_url)/.test(heads.preheader)) {
    const message = "The preheader prints a reader's address or link.";
    add("error", "preheader-address", heads.preheaderPlace, message, "Leave it out, or print {{ subscriber.name }}.");
  }
  return faults;
}

/** Faults of the finished mail: what the law wants in it, and what mail programs make of it. */
export function lintMail(mail: CompiledMail, marks: Marks, postalLine: string): Fault[] {
  const faults: Fault[] = [...lintFields(mail, marks), ...lintPostal(mail, postalLine)];
  return [...faults, ...checkMail(fillWithSample(mail.html), fillWithSample(mail.text)).map(inFinishedMail)];
}

/** What both the source and the finished mail show is reported once, with the line of the source. */
const sameFinding: Readonly<Record<string, IssueRule>> = { "heading-step": "heading-order", "vague-link": "link-text" };

/** All faults of an issue, those of its source first. */
export function joinFaults(source: readonly Fault[], mail: readonly Fault[]): Fault[] {
  return [...source, ...mail.filter((fault) => !source.some((known) => known.rule === sameFinding[fault.rule]))];
}

/** Its lines are those of the compiled HTML, which no editor has before them. */
function inFinishedMail(fault: Fault): Fault {
  const where = fault.line === 0 ? "In the finished mail" : `In line ${fault.line} of the finished mail`;
  return { ...fault, line: 0, column: 0, message: `${where}: ${fault.message}` };
}

function fault(level: Fault["level"], rule: IssueRule, message: string, hint: string): Fault {
  return { level, rule, line: 0, column: 0, message, hint };
}

function lintFields(mail: CompiledMail, marks: Marks): Fault[] {
  const faults: Fault[] = [];
  for (const [name, part] of [
    ["subject", mail.subject],
    ["HTML", mail.html],
    ["text", mail.text],
  ] as const) {
    if (!isBroken(marks, part)) continue;
    faults.push(
      fault(
        "error",
        "template-field",
        `The ${name} template changes a reader's field.`,
        "Print it without any filter.",
      ),
    );
  }
  for (const [name, part] of [
    ["HTML", mail.html],
    ["text", mail.text],
  ] as const) {
    if (part.some((segment) => typeof segment !== "string" && segment.field === "leaveUrl")) continue;
    const hint = "Print {{ unsubscribe_url }} in its template.";
    faults.push(fault("error", "leave-link", `The ${name} part has no unsubscribe link.`, hint));
  }
  return faults;
}

function lintPostal(mail: CompiledMail, postalLine: string): Fault[] {
  const html = plainWords(fillWithFallbacks(mail.html).replace(/<[^>]*>/g, " "));
  const text = plainWords(fillWithFallbacks(mail.text));
  const hint = "Print {{ operator.postal_line }} in its template. The address itself is set by: tidings instance set.";
  const faults: Fault[] = [];
  const wanted = plainWords(postalLine);
  if (wanted === "" || !html.includes(plainWords(escapeHtml(postalLine)))) {
    faults.push(fault("error", "postal-address", "The HTML part lacks the operator's postal address.", hint));
  }
  if (wanted === "" || !text.includes(wanted)) {
    faults.push(fault("error", "postal-address", "The text part lacks the operator's postal address.", hint));
  }
  return faults;
}

/** Words alone, so that line ends and commas of a multi-line address make no difference. */
function plainWords(text: string): string {
  return text.replace(/[\s,]+/g, " ").trim();
}

const sample: Readonly<Record<FieldName, string>> = {
  name: "Reader",
  email: "reader@example.com",
  subscriber: "0",
  leaveUrl: `https://leave.example/${"u".repeat(90)}`,
  preferencesUrl: `https://preferences.example/${"p".repeat(90)}`,
};

/** The part as one reader gets it, for checks that need whole links. */
function fillWithSample(segments: Segments): string {
  return segments.map((segment) => (typeof segment === "string" ? segment : sample[segment.field])).join("");
}
