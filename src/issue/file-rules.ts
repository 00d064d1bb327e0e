/** What an issue file is checked for before its Markdown is compiled: the rule's name and what it asks for. */
export const fileRules = {
  "file-size": "The file is at most 1 MB.",
  "file-encoding": "The file is text in UTF-8, without damaged characters.",
  "file-empty": "The file is not empty.",
  "front-matter-missing": "The file begins with its settings between two lines of three dashes.",
  "front-matter-open": "The settings end with a second line of three dashes.",
  "front-matter-size": "The settings take at most 10,000 characters.",
  "front-matter-syntax": "Each setting is written as `key: value`, on a line of its own.",
  "unknown-key": "Only `newsletter`, `subject`, `preheader`, `slug` and `date` are settings of an issue.",
  "duplicate-key": "Each setting appears once.",
  "missing-key": "`newsletter`, `subject` and `slug` are there.",
  "empty-value": "A setting that is there has a value.",
  "not-text": "A value is plain text: no list, no number, no YAML anchor, alias or tag.",
  "several-lines": "A value stays on one line.",
  "cut-by-comment": "A subject or preheader with ` #` in it is quoted, since YAML takes the rest for a comment.",
  "control-character": "Subject and preheader hold no line break and no control character.",
  "newsletter-slug": "`newsletter` is a slug: lower-case letters, digits and hyphens, at most 80.",
  "unknown-newsletter": "`newsletter` names a newsletter that exists.",
  "instance-incomplete":
    "Operator, postal address and privacy page of the installation are set: they stand in every mail.",
  "issue-slug": "`slug` is made of lower-case letters, digits and hyphens, at most 80; `archive` is taken.",
  "subject-length": "The subject is at most 200 characters long.",
  "preheader-length": "The preheader is at most 140 characters long (a warning: mail programs cut it off).",
  "date-format": "`date` is a day (2026-11-22) or a time with its zone (2026-11-22T06:30+01:00).",
  "date-impossible": "`date` exists in the calendar and lies between 1970 and 2199.",
  "markdown-empty": "There is text below the settings.",
} as const;

/** The name of a rule about the file and its front matter. */
export type FileRule = keyof typeof fileRules;
