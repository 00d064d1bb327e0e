/** Every finding about an issue's source, with what it guards against. */
export const sourceRules = {
  "subject-empty": "An issue needs a subject.",
  "subject-long": "A subject over 78 characters is cut off in most inboxes.",
  "subject-control": "A subject holds no line breaks or control characters (FMT-15).",
  "preheader-missing": "Without a preheader, inboxes show whatever text comes first.",
  "preheader-address": "The preheader shows on locked phones, so it prints no reader's address or link (FMT-22).",
  "empty-body": "An issue needs a text.",
  "heading-order": "Headings are a ladder for screen readers: they start at # or ## and skip no step (FMT-26).",
  "no-alt": "Every picture says in words what it shows, for readers who do not see it (FMT-26).",
  "picture-place": "A picture stands on a line of its own; inside a sentence mail programs tear the line apart.",
  "bad-link":
    "Links and pictures have whole https addresses, mailto, or a path of this site beginning with / (FMT-27).",
  "short-link": "Shortened addresses hide where they lead, and spam filters distrust them (FMT-27).",
  "link-mismatch": "A link that shows one address and leads to another looks like fraud (FMT-27).",
  "link-text": "A link's text says where it leads; many readers hear links without the sentence around them (FMT-26).",
  "personal-link": "A reader's name or address is never part of a link, since it would be handed to that site.",
  attribute: "In braces after a link only {button} is known, after a picture only {width=300}.",
  "button-place": "A button is a paragraph that holds one link and nothing else.",
  "raw-html-ignored": "HTML is shown to readers as text; Markdown is what is understood.",
  "unknown-field": "Only the listed fields are filled in.",
  "field-filter": "A reader's field is printed, with a fallback at most.",
  "field-fallback": "Readers who gave no name need a word in its place.",
  "liquid-tag": "An issue has no Liquid tags, since all readers get the same text (DESIGN decision 6).",
  "leave-link": "Both parts of a mail carry the reader's unsubscribe link (LAW-09).",
  "postal-address": "Both parts of a mail carry the sender's postal address (LAW-09).",
  "template-field": "A template may only print a reader's fields; here a filter or tag changed one.",
} as const;

/** Every finding about a finished mail, with what it guards against. Errors forbid sending, warnings do not. */
export const mailRules = {
  "html-language": "The page says its language and direction, or screen readers guess (FMT-26).",
  "wrapper-language":
    "The first element of the body repeats language and direction, since some programs drop <html> (FMT-26).",
  title: "The page has a title, which some programs show and screen readers read first (FMT-26).",
  "layout-table": 'A table that only places things says role="presentation" (FMT-26).',
  "table-attributes":
    "Layout tables set cellpadding, cellspacing and border to 0, which Outlook does not take from CSS (FMT-24).",
  "picture-alt": "Every picture has a text; inside a link it is not empty (FMT-26).",
  "picture-width": "Every picture has a width attribute and display:block, or Outlook shows it in full size (FMT-24).",
  "heading-step": "Headings skip no level (FMT-26).",
  "vague-link": "A link's text says where it leads (FMT-26).",
  "small-text": "Text is at least 14 pixels high (FMT-26).",
  "forbidden-element":
    "Scripts, forms, frames, drawings and films are removed or distrusted by mail programs (FMT-23).",
  "script-attribute": "Attributes that hold scripts are removed or distrusted (FMT-23).",
  "data-url": "Most mail programs do not show data: addresses (FMT-23).",
  "relative-url": "Every address is whole: https, or mailto for links (FMT-27).",
  "external-css": "Stylesheets from elsewhere are not loaded (FMT-23).",
  "fragile-css": "Outlook and Gmail ignore position, flex, grid, variables and background pictures (FMT-23, FMT-24).",
  "style-blocks": "One small style block at most; Gmail drops large ones (FMT-23).",
  "style-media": "The style block holds media queries alone; all else is inlined (FMT-23).",
  "text-part": "There is a text part (FMT-05).",
  "text-links": "The text part has every link of the HTML part (FMT-05).",
  "html-size": "Gmail cuts mails off at about 102 kB, and with them the unsubscribe link (FMT-21).",
} as const;

/** Every finding that compiling an issue can report; the editor's guide prints this table. */
export const issueRules = { ...sourceRules, ...mailRules } as const;

export type IssueRule = keyof typeof sourceRules;
export type MailRule = keyof typeof mailRules;
