import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";
import type { TextForm } from "../../src/mail/texts.ts";

const root = join(import.meta.dirname, "../..");

/** Paths below a folder of the project that end so, from that folder on. */
export function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)))
    .sort();
}

/** The text of a file of the project. */
export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Languages that have a folder of texts, but for English. */
export const translations = Object.keys(parse(readText("templates/locale/languages.yaml")) as object).filter(
  (language) => language !== "en",
);

/** All texts of a language by key, in the order of its files. */
export function textsOf(language: string): Map<string, TextForm> {
  const files = filesIn(`templates/locale/${language}`, /\.yaml$/);
  return new Map(
    files.flatMap((file) => {
      const keys = parse(readText(`templates/locale/${language}/${file}`)) as Record<string, TextForm>;
      return Object.entries(keys);
    }),
  );
}

/** Every form of a text. */
export function formsOf(text: TextForm): string[] {
  return typeof text === "string" ? [text] : Object.values(text);
}
