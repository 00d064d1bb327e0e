import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Assets } from "../context.ts";
import { assetType, isAssetPath } from "../http/asset-types.ts";
import type { TemplateSource } from "../mail/template.ts";

/** The templates that ship with Tidings. */
export const builtIn = join(import.meta.dirname, "../../templates");

/** Templates from disk, a site's own file before the built-in one of the same path. Read anew when the file has changed. */
export function diskTemplates(site: string): TemplateSource {
  const seen = new Map<string, { changed: number; text: string }>();
  function open(file: string | null): string | undefined {
    if (file === null) return undefined;
    const changed = statSync(file).mtimeMs;
    const kept = seen.get(file);
    if (kept?.changed === changed) return kept.text;
    const text = readFileSync(file, "utf8");
    seen.set(file, { changed, text });
    return text;
  }
  return {
    read: (path) => open(locate(path, [site, builtIn])),
    beneath: (path) => (locate(path, [site]) === null ? undefined : open(locate(path, [builtIn]))),
  };
}

/** Files under assets/ of the site's folder, then of the built-in one; other kinds than web assets are not served. */
export function diskAssets(site: string): Assets {
  return {
    async read(path) {
      const type = assetType(path);
      const file = type === null ? null : locate(path, [join(site, "assets"), join(builtIn, "assets")]);
      if (file === null || type === null) return null;
      const body = new Uint8Array(await readFile(file));
      return { body, type, tag: createHash("sha256").update(body).digest("hex").slice(0, 16) };
    },
  };
}

/** The first folder that really holds the path; nothing outside of it, by dots, links or otherwise (SEC-08). */
function locate(path: string, folders: readonly string[]): string | null {
  if (!isAssetPath(path)) return null;
  for (const folder of folders) {
    const file = join(folder, path);
    if (!existsSync(file) || !statSync(file).isFile()) continue;
    if (realpathSync(file).startsWith(realpathSync(folder) + sep)) return file;
  }
  return null;
}
