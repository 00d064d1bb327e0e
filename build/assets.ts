import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";

// Second half of `npm run build`: brings what tsc leaves out and takes away what an earlier build left behind.

const source = join(import.meta.dirname, "../src");
const out = process.argv[2] ?? join(import.meta.dirname, "../dist");

const sources = readFiles(source).filter((path) => !path.endsWith(".d.ts"));
const assets = sources.filter((path) => !path.endsWith(".ts"));
const compiled = sources.filter((path) => path.endsWith(".ts")).map((path) => path.replace(/\.ts$/, ".js"));

for (const path of assets) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  copyFileSync(join(source, path), join(out, path));
}
// A file that was renamed would live on in dist and in the published package.
const expected = new Set([...assets, ...compiled]);
for (const path of readFiles(out)) if (!expected.has(path)) rmSync(join(out, path));

const missing = compiled.filter((path) => !existsSync(join(out, path)));
if (missing.length > 0) throw new Error(`tsc left out ${missing.join(", ")}`);
console.log(`Built ${compiled.length} files and copied ${assets.length}.`);

function readFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
