const rightToLeft: ReadonlySet<string> = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]);

/** The writing direction of a BCP 47 language tag. */
export function directionOf(language: string): "ltr" | "rtl" {
  const [base = "", ...rest] = language.toLowerCase().split("-");
  if (rest.includes("latn") || rest.includes("cyrl")) return "ltr";
  return rest.includes("arab") || rest.includes("hebr") || rightToLeft.has(base) ? "rtl" : "ltr";
}

/** True for a tag of the form that RFC 5646 gives, which pages and mails hand to Intl and to screen readers. */
export function isLanguage(tag: string): boolean {
  if (!/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(tag)) return false;
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    // Well-formed for the pattern, but not a tag, as "de-aa-bb": Intl throws for those alone.
    return false;
  }
}

/** A day written out in the newsletter's language; the time is milliseconds UTC, and so is the day. */
export function formatDay(time: number, language: string): string {
  const known = Intl.DateTimeFormat.supportedLocalesOf([language]).length > 0 ? language : "en";
  return new Intl.DateTimeFormat(known, { dateStyle: "full", timeZone: "UTC" }).format(time);
}

/** Quotation marks by language, as markdown-it takes them: double open and close, single open and close. */
const quotes: Readonly<Record<string, string | readonly string[]>> = {
  cs: "„“‚‘",
  da: "»«›‹",
  de: "„“‚‘",
  es: "«»“”",
  fi: "””’’",
  fr: ["«\u00a0", "\u00a0»", "“", "”"],
  it: "«»“”",
  nb: "«»‘’",
  pl: "„”«»",
  ru: "«»„“",
  sk: "„“‚‘",
  sv: "””’’",
  uk: "«»„“",
};

/** The quotation marks that straight ones become, so that issues look set and not typed. */
export function quotesOf(language: string): string | string[] {
  const found = quotes[language.toLowerCase().split("-")[0] ?? ""] ?? "“”‘’";
  return typeof found === "string" ? found : [...found];
}
