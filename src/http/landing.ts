import type { AppContext } from "../context.ts";
import { listNewsletters, type Newsletter } from "../newsletter/find.ts";
import type { Fields } from "./body.ts";
import { basePath } from "./page.ts";
import { readSpoken } from "./spoken.ts";

/**
 * Where a form leads once it was taken, the same for everybody who chose the same open newsletters (I7): an address that one of
 * them allows (DOI-30, SEC-05), the frame that the form stood in, or our own page of thanks, which go on in the form's language.
 */
export async function landing(ctx: AppContext, fields: Fields, slugs: readonly string[]): Promise<string> {
  const [wished, frame] = [fields.one("redirect"), fields.one("frame")];
  const chosen = [...new Set(slugs)];
  if (wished !== "") {
    const newsletters = (await listNewsletters(ctx, { status: "open" })).filter(({ slug }) => chosen.includes(slug));
    const allowed = allowedRedirect(wished, newsletters);
    if (allowed !== null) return allowed;
  }
  const { tell } = await readSpoken(ctx, fields, slugs);
  const lang = tell === null ? [] : [["lang", tell]];
  if (chosen.includes(frame)) {
    return `${basePath(ctx)}/embed/${frame}/thanks${lang.length === 0 ? "" : `?${new URLSearchParams(lang)}`}`;
  }
  return `${basePath(ctx)}/thanks?${new URLSearchParams([...chosen.map((slug) => ["n", slug]), ...lang])}`;
}

/** An address below one that a newsletter allows, as browsers will read it; null for any other, and for what is no address. */
export function allowedRedirect(wished: string, newsletters: readonly Pick<Newsletter, "redirects">[]): string | null {
  // Tabs and line breaks vanish where browsers parse an address, and so does what the eye compares.
  if (wished.length > 1_000 || /[\s\\\p{Cc}]/u.test(wished)) return null;
  const url = URL.parse(wished);
  if (url === null || url.username !== "" || url.password !== "" || !/^https?:$/.test(url.protocol)) return null;
  const allowed = newsletters.some(({ redirects }) => redirects.some((prefix) => isBelow(url, prefix)));
  return allowed ? url.href : null;
}

/** True where origin and path begin as the prefix does, at the end of a part of the path: /a is not above /ab. */
function isBelow(url: URL, prefix: string): boolean {
  const above = URL.parse(prefix);
  if (above === null || above.origin !== url.origin) return false;
  const folder = above.pathname.replace(/\/$/, "");
  return url.pathname === folder || url.pathname.startsWith(`${folder}/`);
}
