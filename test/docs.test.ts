import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands } from "../src/cli/commands.ts";
import type { Commands } from "../src/cli/help.ts";
import { clientSettings, settings, workerSecrets } from "../src/config.ts";
import { errorCodes, exitCode, httpStatus } from "../src/errors.ts";
import { readSource, readTree } from "./architecture/source.ts";
import { impossible, readExits, untold } from "./docs/commands.ts";
import { type Page, readPage, readRows } from "./docs/pages.ts";
import { brokenLinks, lonelyPages, missingPaths } from "./docs/paths.ts";
import { isThere, readPages, readPaths, readText, root, untracked } from "./docs/tree.ts";
import { workshopWords } from "./docs/words.ts";

const pages = readPages();
const manifest = JSON.parse(readText("package.json"));
const packages = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((key) =>
  Object.keys(manifest[key]),
);

function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`${path} is not there`);
  return found;
}

/** What `wanted` and the first column of a page's tables do not have in common. */
function difference(wanted: readonly string[], listed: readonly string[]): string[] {
  return [
    ...wanted.filter((name) => !listed.includes(name)).map((name) => `${name} is not documented`),
    ...listed.filter((name) => !wanted.includes(name)).map((name) => `${name} does not exist`),
  ];
}

describe("docs/settings.md", () => {
  const all = [...Object.values(settings), ...Object.values(clientSettings), ...Object.values(workerSecrets)];
  const isName = (cell: string | undefined) => /^[A-Z][A-Z_]+$/.test(cell ?? "");

  test("lists every setting and no other", () => {
    const listed = readRows(page("docs/settings.md"))
      .map(([name = ""]) => name)
      .filter(isName);
    expect(
      difference(
        all.map(({ name }) => name),
        listed,
      ),
    ).toEqual([]);
  });

  test("gives each setting's default", () => {
    const rows = new Map(readRows(page("docs/settings.md")).map(([name = "", fallback = ""]) => [name, fallback]));
    for (const { name, fallback } of all.filter(({ fallback }) => fallback !== ""))
      expect(rows.get(name), name).toBe(fallback);
  });

  test("is not contradicted by a setting named elsewhere", () => {
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\bTIDINGS_[A-Z_]+/g)].map((match) => ({ path, name: match[0] })),
    );
    expect(named.filter(({ name }) => !all.some((setting) => setting.name === name))).toEqual([]);
  });

  test("a setting that is left out, and one that is gone, would be found", () => {
    expect(difference(["A", "B"], ["B", "C"])).toEqual(["A is not documented", "C does not exist"]);
  });
});

describe("docs/errors.md", () => {
  test("lists every error code with its status and exit code, and no other", () => {
    const listed = readRows(page("docs/errors.md"))
      .filter(([, status]) => /^\d{3}$/.test(status ?? ""))
      .map(([code, status, exit]) => `${code} ${status} ${exit}`);
    expect(
      difference(
        errorCodes.map((code) => `${code} ${httpStatus(code)} ${exitCode(code)}`),
        listed,
      ),
    ).toEqual([]);
  });
});

describe("docs/cli.md", () => {
  test("tells of every command and every flag", () => {
    expect(untold(page("docs/cli.md"), commands)).toEqual([]);
  });

  test("lists every exit code and no other", () => {
    const exits = readTree(["src/cli"]).flatMap(readExits);
    expect(exits).toContain(4);
    const wanted = [...new Set([0, 2, 130, ...exits, ...errorCodes.map(exitCode)])].map(String);
    const listed = readRows(page("docs/cli.md")).flatMap(([code = ""]) => (/^\d+$/.test(code) ? [code] : []));
    expect(difference(wanted, listed)).toEqual([]);
  });

  test.each(pages.map((one) => [one.path, one] as const))("%s calls tidings only in ways that work", (_, one) => {
    expect(impossible(one, commands)).toEqual([]);
  });

  const few: Commands = {
    serve: { summary: "", examples: [], run: () => Promise.reject() },
    issue: {
      summary: "",
      verbs: { send: { summary: "", examples: [], flags: { yes: { help: "" } }, run: () => Promise.reject() } },
    },
  };

  test("a command and a flag that are left out would be found", () => {
    expect(untold(readPage("docs/a.md", "`tidings issue send`\ntidings serve --yes"), few)).toEqual([
      "tidings serve is not documented",
      "--yes of tidings issue send is not documented",
    ]);
  });

  test.each([
    "`tidings sing`",
    "```\ncd /srv && sudo -u tidings node bin/tidings.js sing\n```",
    "```\nnpm run tidings -- sing\n```",
    "`tidings issue sing`",
    "`tidings serve --yes`",
    "```\ntidings issue send \\\n  --no\n```",
  ])("a planted call that cannot work is found: %s", (text) => {
    expect(impossible(readPage("docs/a.md", text), few)).toHaveLength(1);
  });

  test.each([
    "`tidings issue`",
    "`tidings help issue`",
    "`tidings serve --json`",
    "```\ntidings issue send \\\n  --yes a.md\n```",
    "tidings sing",
    "```\ndocker logs tidings now\n```",
  ])("a call that works is spared: %s", (text) => {
    expect(impossible(readPage("docs/a.md", text), few)).toEqual([]);
  });

  test("exit codes are read from where they are decided", () => {
    expect(readExits(readSource("src/cli/a.ts", "return { text: 7, exit: ok ? 0 : 4, json: 5 };"))).toEqual([0, 4]);
  });
});

describe("docs/dependencies.md", () => {
  test("lists every dependency and no other", () => {
    const listed = page("docs/dependencies.md")
      .text.split("\n")
      .flatMap((line) => {
        const [, first = ""] = /^\|([^|]*)\|/.exec(line) ?? [];
        return [...first.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
      });
    expect(difference(packages, listed)).toEqual([]);
  });
});

describe("CONTRIBUTING.md", () => {
  const folders = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !untracked.has(entry.name),
  );
  const parts = readdirSync(join(root, "src"), { withFileTypes: true });

  test("maps every folder, and every part of src", () => {
    const mapped = readRows(page("CONTRIBUTING.md")).map(([name = ""]) => name.replace(/\/$/, ""));
    const wanted = [...folders.map(({ name }) => name), ...parts.map(({ name }) => `src/${name}`)];
    expect(wanted.filter((name) => name !== "src" && !mapped.includes(name))).toEqual([]);
  });
});

describe("paths", () => {
  test.each(pages.map((one) => [one.path, one] as const))("%s names only what is there", (_, one) => {
    expect(missingPaths(one, isThere, packages)).toEqual([]);
  });

  test.each([
    ["a file in code marks", "See `src/nowhere.ts`."],
    ["a file without a folder", "See `nowhere.json`."],
    ["a folder", "Look into `src/nowhere/`."],
    ["a folder of a folder that is not there", "Look into `scr/mail`."],
    ["a file in a command", "```sh\nnode examples/nowhere.ts\n```"],
  ])("a planted path is found: %s", (_, text) => {
    expect(missingPaths(readPage("docs/a.md", text), isThere, packages)).toHaveLength(1);
  });

  test.each([
    ["a file that is there", "`src/errors.ts`, `package.json`, `src/mail/`, `.ci/run`"],
    ["a file beside the page", "`settings.md`"],
    ["an example", "`data/tidings.db`, `my-site/issue.md`"],
    ["a media type", "`text/html`, `multipart/form-data`"],
    ["a package", "`@hono/zod-openapi`, `hono/client`"],
    ["a path as sites see it", "`assets/style.css`"],
    ["a module of src", "`mail/address`"],
    ["an ending", "`.html.liquid`"],
    ["a route", "`/subscribe`, `/n/:slug`"],
    ["an address", "`https://example.org/a.html`"],
    ["a command", "```sh\nnpm run build -- --out /srv/bin/x\n```"],
    ["a word", "`claimed`, `a.b`"],
  ])("a near miss is spared: %s", (_, text) => {
    expect(missingPaths(readPage("docs/a.md", text), isThere, packages)).toEqual([]);
  });
});

describe("links", () => {
  test.each(pages.map((one) => [one.path, one] as const))("%s links only to what is there", (_, one) => {
    expect(brokenLinks(one, pages, isThere)).toEqual([]);
  });

  test("every page can be reached from the README", () => {
    expect(lonelyPages(pages, "README.md")).toEqual([]);
  });

  const one = readPage("docs/one.md", "# The one\n## Set `up`, quickly!\n## The one\n[a](two.md)");
  const two = readPage("docs/two.md", "# Two");
  const there = (path: string) => path === "docs/one.md" || path === "docs/two.md";

  test.each(["[a](three.md)", "[a](one.md#nowhere)", "[a](#nowhere)", "![a](a.png)", "[a]: three.md"])(
    "a planted broken link is found: %s",
    (text) => {
      expect(brokenLinks(readPage("docs/two.md", text), [one, two], there)).toHaveLength(1);
    },
  );

  test.each([
    "[a](one.md)",
    "[a](one.md#set-up-quickly)",
    "[a](one.md#the-one-1)",
    "# Here\n[a](#here)",
    "[a](https://example.org/x.md)",
    "[a](mailto:a@example.org)",
    "`[a](three.md)`",
    "```\n[a](three.md)\n```",
  ])("a link that leads somewhere is spared: %s", (text) => {
    const here = readPage("docs/two.md", text);
    expect(brokenLinks(here, [one, here], there)).toEqual([]);
  });

  test("a planted page that nobody links to is found", () => {
    const lonely = readPage("docs/three.md", "[a](one.md)");
    expect(lonelyPages([one, two, lonely], "docs/one.md")).toEqual(["docs/three.md"]);
  });
});

describe("words", () => {
  const texts = readPaths().filter((path) =>
    /\.(?:ts|js|md|json|sql|liquid|html|css|toml|service|svg|txt)$|(?:^|\/)[^.]+$/.test(path),
  );

  test("no file speaks of how it was made, of one machine or of a registry's host", () => {
    expect(texts.length).toBeGreaterThan(50);
    const exempt = new Set(["test/architecture/rules/files.ts", "test/docs.test.ts"]);
    const found = texts
      .filter((path) => !exempt.has(path))
      .flatMap((path) => workshopWords(path, readFileSync(join(root, path), "utf8")));
    expect(found).toEqual([]);
  });

  test.each([
    "// TODO: later",
    "the helper's part",
    "in this session",
    "as in the last sessions",
    "cd /work/here",
    "/home/me/a",
    '"resolved": "https://a"',
  ])("a planted word is found: %s", (text) => {
    expect(workshopWords("docs/a.md", text)).toHaveLength(1);
  });

  test("a planted word is found in a comment, and a name of code is spared", () => {
    expect(workshopWords("src/a.ts", "const a = 1; // by the helper")).toHaveLength(1);
    expect(workshopWords("src/a.ts", "const helper = 1;")).toEqual([]);
  });

  test.each([
    "a helpful obsession",
    "todo",
    "a session of the browser",
    "https://example.org/home/me",
    "/srv/work/here",
    "network/root/",
  ])("a near miss is spared: %s", (text) => {
    expect(workshopWords("docs/a.md", text)).toEqual([]);
  });
});
