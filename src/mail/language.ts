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

/** The day of an issue (milliseconds UTC) written out in the newsletter's language, as it is in a zone. */
export function formatDay(time: number, language: string, zone: string): string {
  const known = Intl.DateTimeFormat.supportedLocalesOf([language]).length > 0 ? language : "en";
  return new Intl.DateTimeFormat(known, { dateStyle: "full", timeZone: zoneOfDay(time, zone) }).format(time);
}

/** In which zone the day of an issue is read: an instant's in the given one; a day alone is kept as its midnight by UTC. */
export function zoneOfDay(time: number, zone: string): string {
  return time % 86_400_000 === 0 ? "UTC" : zone;
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
