import { slug as slugField } from "../newsletter/fields.ts";

const spelledOut: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/** Whether text can name an issue in links, by the same rule as a newsletter: lower-case letters, digits, hyphens, ≤ 80. */
export function isSlug(text: string): boolean {
  return slugField.safeParse(text).success;
}

/** A slug made from a line of text, at most 60 characters, cut between words; "" when nothing of it can stand in one. */
export function proposeSlug(text: string): string {
  const words = text
    .slice(0, 500)
    .replace(/\{\{[^{}]*\}\}/g, " ")
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => spelledOut[letter] ?? "")
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  let slug = "";
  for (const word of words) {
    const longer = slug === "" ? word.slice(0, 60) : `${slug}-${word}`;
    if (longer.length > 60) break;
    slug = longer;
  }
  return slug;
}
