import { AppError } from "../errors.ts";
import type { SetTextInput } from "../newsletter/texts.ts";
import type { Cli, Command, Given, Outcome } from "./command.ts";
import { pathPart, reply } from "./reply.ts";
import { sheet, table } from "./table.ts";

type Form = string | Record<string, string>;

/** A newsletter's own words on pages and in mails. */
export const text: Command = {
  summary: "Give a newsletter its own words in place of those that come with Tidings, or show them.",
  positionals: [{ name: "SLUG" }, { name: "KEY", optional: true }, { name: "TEXT", optional: true }],
  flags: {
    language: { value: "TAG", help: "The language that the words are in; the newsletter's unless given" },
    form: { value: "NAME=TEXT", many: true, help: "One plural form of a text that counts, such as few=…; for each" },
    reset: { help: "Take the newsletter's own text away" },
  },
  more: [
    "Without KEY it lists the newsletter's own texts, with KEY it shows what is said there.",
    "docs/languages.md tells where the keys stand and what {values} a text may hold.",
  ].join("\n"),
  examples: [
    'tidings newsletter text morning signup.button "Send it to me"',
    "tidings newsletter text morning signup.button",
    "tidings newsletter text morning signup.button --reset",
    "tidings newsletter text morning",
  ],
  async run(cli, given) {
    const [slug = "", key, words] = given.words;
    const forms = given.list("form");
    if (key === undefined) {
      const idle = given.has("reset") ? "--reset" : forms.length > 0 ? "--form" : null;
      if (idle === null) return list(cli, slug);
      throw new AppError("invalid", `${idle} needs the KEY of a text.`, {
        field: idle,
        hint: `Those of its own are listed by: tidings newsletter text ${slug}`,
      });
    }
    if (given.has("reset")) {
      if (words !== undefined || forms.length > 0) {
        throw new AppError("invalid", "--reset takes a text away, so give none with it.", { field: "--reset" });
      }
      return reset(cli, given, slug, key);
    }
    if (words !== undefined && forms.length > 0) {
      throw new AppError("invalid", "Give one TEXT or several --form, not both.", { field: "--form" });
    }
    const said = forms.length > 0 ? readForms(forms) : words;
    return said === undefined ? show(cli, given, slug, key) : set(cli, given, slug, { key, text: said });
  },
};

async function list(cli: Cli, slug: string): Promise<Outcome> {
  const { api } = await cli.connect();
  const { texts } = await reply(api.newsletters[":slug"].texts.$get({ param: { slug: pathPart(slug) } }));
  const rows = texts.map((one) => [one.language, one.key, oneLine(one.text)]);
  const heads = [{ title: "language" }, { title: "key" }, { title: "text" }];
  const none = `${slug} says everything in the words that come with Tidings.`;
  return { json: { texts }, text: texts.length === 0 ? none : table(heads, rows, cli.terminal.columns) };
}

async function show(cli: Cli, given: Given, slug: string, key: string): Promise<Outcome> {
  const { api } = await cli.connect();
  const param = { slug: pathPart(slug), key: pathPart(key) };
  const { text: found } = await reply(api.newsletters[":slug"].texts[":key"].$get({ param, query: asked(given) }));
  const lines: [string, string][] = [
    ["key", found.key],
    ["language", found.language],
    ["text", oneLine(found.text)],
  ];
  if (found.own) lines.push(["in place of", oneLine(found.original)]);
  return { json: { text: found }, text: sheet(lines) };
}

async function set(cli: Cli, given: Given, slug: string, json: SetTextInput): Promise<Outcome> {
  const { api } = await cli.connect();
  const put = api.newsletters[":slug"].texts.$put({
    param: { slug: pathPart(slug) },
    json: { ...json, ...asked(given) },
  });
  const { text: made } = await reply(put);
  return { json: { text: made }, text: `${slug} says ${made.key} in its own words (${made.language}).` };
}

async function reset(cli: Cli, given: Given, slug: string, key: string): Promise<Outcome> {
  const { api } = await cli.connect();
  const param = { slug: pathPart(slug), key: pathPart(key) };
  const { text: now } = await reply(api.newsletters[":slug"].texts[":key"].$delete({ param, query: asked(given) }));
  const done = now.own
    ? `${slug} says ${now.key} as it comes with Tidings again`
    : `${slug} had no words of its own there`;
  return { json: { text: now }, text: `${done} (${now.language}).` };
}

function asked(given: Given): { language?: string } {
  const language = given.text("language");
  return language === undefined ? {} : { language };
}

function readForms(forms: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    forms.map((text): [string, string] => {
      const at = text.indexOf("=");
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new AppError("invalid", `--form takes a name and a text, not "${text}".`, {
        field: "--form",
        hint: 'It looks like --form one="{count} day" --form other="{count} days".',
      });
    }),
  );
}

function oneLine(form: Form): string {
  if (typeof form === "string") return form;
  return Object.entries(form)
    .map(([name, words]) => `${name}: ${words}`)
    .join(" / ");
}
