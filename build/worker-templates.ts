import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Writes src/worker/templates.ts anew from the folder. Run it after adding or removing a template: node build/worker-templates.ts

const root = join(import.meta.dirname, "..");
const paths = readdirSync(join(root, "templates"), { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.(?:liquid|yaml|txt)$/.test(path))
  .sort();

/** mail/already.html.liquid → mailAlreadyHtml */
function nameOf(path: string): string {
  const words = path.replace(/\.liquid$/, "").split(/[^A-Za-z0-9]+/);
  return words.map((word, at) => (at === 0 ? word : `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)).join("");
}

const text = `// The templates as text modules, since Workers have no disk. test/worker/templates.test.ts compares the list with the folder.
// Written by: node build/worker-templates.ts
${paths.map((path) => `import ${nameOf(path)} from "../../templates/${path}";`).join("\n")}

/** The built-in templates by their path in the templates folder. */
export const templates: Readonly<Record<string, string>> = {
${paths.map((path) => `  "${path}": ${nameOf(path)},`).join("\n")}
};
`;
writeFileSync(join(root, "src/worker/templates.ts"), text);
console.log(`Listed ${paths.length} templates.`);
