import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { basePath } from "./page.ts";

/** The script of all embeds as it is served, with its styles inside. */
export interface EmbedScript {
  readonly text: string;
  readonly tag: string;
}

interface Kept {
  readonly made: EmbedScript;
  readonly css: string;
  readonly until: number;
}

const kept = new WeakMap<AppContext, Kept>();

/** Where the styles stand in the script's file. */
const place = '"{{ embed.css }}"';

/** Where the styles begin that pasted forms have no use for. */
const elementOnly = "/* Only in the element";

/** The script, from assets/embed.js and assets/embed.css; looked up once a second at most. */
export async function embedScript(ctx: AppContext): Promise<EmbedScript> {
  return (await readKept(ctx)).made;
}

/** The styles alone, as pasted forms carry them. */
export async function embedStyles(ctx: AppContext): Promise<string> {
  return (await readKept(ctx)).css;
}

/** Where our own pages load the script from; its tag lets browsers keep it for ever. */
export async function scriptUrl(ctx: AppContext): Promise<string> {
  return `${basePath(ctx)}/embed.js?v=${(await embedScript(ctx)).tag}`;
}

async function readKept(ctx: AppContext): Promise<Kept> {
  const known = kept.get(ctx);
  if (known !== undefined && ctx.clock() < known.until) return known;
  const styles = await readAsset(ctx, "embed.css");
  const css = tight(styles.split(elementOnly, 1)[0] ?? "");
  const text = bare(await readAsset(ctx, "embed.js")).replace(place, () => JSON.stringify(tight(styles)));
  const tag = bytesToHex(sha256(utf8ToBytes(text))).slice(0, 16);
  const fresh = { made: { text, tag }, css, until: ctx.clock() + 1_000 };
  kept.set(ctx, fresh);
  return fresh;
}

async function readAsset(ctx: AppContext, path: string): Promise<string> {
  const asset = await ctx.assets.read(path);
  if (asset === null) throw new AppError("misconfigured", `The asset ${path} is missing.`);
  return new TextDecoder().decode(asset.body);
}

/** Without comments that fill whole lines, and without what indents: readers pay for every byte. */
function bare(source: string): string {
  return source
    .replace(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*$/gm, "")
    .replace(/^[ \t]*\/\/.*$/gm, "")
    .replace(/^\s+/gm, "");
}

/** Styles, one rule a line. A space before a colon parts two selectors and stays. */
function tight(css: string): string {
  return bare(css)
    .replace(/\s*([{};,>])\s*/g, "$1")
    .replace(/:[ \t]+/g, ":")
    .replace(/\s+/g, " ")
    .replaceAll(";}", "}")
    .replaceAll("}", "}\n")
    .trim();
}
