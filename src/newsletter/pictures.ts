import type { AppContext } from "../context.ts";
import type { Newsletter } from "./find.ts";

/** Pictures of a newsletter that should lie among our own assets and are not there, as they are named. */
export async function missingPictures(
  ctx: AppContext,
  { image, imageSquare }: Pick<Newsletter, "image" | "imageSquare">,
): Promise<string[]> {
  const named = [...new Set([image, imageSquare])].filter((path): path is string => path?.startsWith(folder) === true);
  const found = await Promise.all(named.map((path) => ctx.assets.read(fileOf(path))));
  return named.filter((_, at) => found[at] === null);
}

const folder = "/assets/";

/** Without what follows the path, which tells browsers which version it is. */
function fileOf(path: string): string {
  return path.slice(folder.length).replace(/[?#].*$/, "");
}
