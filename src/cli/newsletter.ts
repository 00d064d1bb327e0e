import { AppError } from "../errors.ts";
import type { CreateNewsletterInput } from "../newsletter/create.ts";
import type { EditNewsletterInput } from "../newsletter/edit.ts";
import type { Newsletter } from "../newsletter/find.ts";
import type { Cli, Command, Given, Noun, Outcome } from "./command.ts";
import { type Field, fieldFlags, kebab, namingFlags, readFields } from "./input-file.ts";
import { limitLines } from "./instance.ts";
import { embed } from "./newsletter-embed.ts";
import { reasons } from "./newsletter-reasons.ts";
import { text } from "./newsletter-text.ts";
import { pathPart, reply } from "./reply.ts";
import { sheet, table } from "./table.ts";
import { count } from "./words.ts";

const slug: Field = { name: "slug", value: "SLUG", help: "Its name in addresses and files; cannot be changed later" };

const editable: readonly Field[] = [
  { name: "name", value: "TEXT", help: "What readers call it" },
  { name: "pitch", value: "TEXT", help: "One line that says why to subscribe" },
  { name: "about", value: "TEXT", help: "What it is, at length", kind: "lines" },
  { name: "frequency", value: "TEXT", help: "How often it comes, in words" },
  { name: "language", value: "TAG", help: "Language tag such as en or pt-BR; en unless given" },
  { name: "senderName", value: "TEXT", help: "Whom its mails come from" },
  { name: "senderAddress", value: "ADDRESS", help: "The address that its mails come from" },
  { name: "replyTo", value: "ADDRESS", help: 'Where answers go; "" means to the sender', kind: "nullable" },
  { name: "group", value: "TEXT", help: "The heading that it stands under on the hub" },
  { name: "position", value: "NUMBER", help: "Its place on the hub; lower comes first", kind: "number" },
  { name: "image", value: "URL", help: 'Its picture: https://… or /assets/…; "" for none', kind: "nullable" },
  { name: "imageAlt", value: "TEXT", help: "What the picture shows, for those who do not see it" },
  { name: "thanks", value: "TEXT", help: "Shown after confirming", kind: "lines" },
  { name: "welcome", value: "TEXT", help: 'Mailed after confirming; "" for no such mail', kind: "nullable-lines" },
  {
    name: "imageSquare",
    value: "URL",
    help: 'The same picture cut square, for small screens; "" for none',
    kind: "nullable",
  },
  { name: "status", value: "STATUS", help: "hidden, open, paused (no new readers, no mails) or closed" },
  { name: "archive", value: "WHO", help: "Who may read its issues in a browser: public, link or none" },
  {
    name: "origins",
    flag: "origin",
    value: "ORIGIN",
    help: "A site whose pages may hold its form, https://…; none: any",
    kind: "list",
  },
  {
    name: "redirects",
    flag: "redirect",
    value: "PREFIX",
    help: "What an address must begin with, for its form to lead on to it",
    kind: "list",
  },
  { name: "hourlyLimit", value: "NUMBER", help: "Mails of its issues in an hour; or none", kind: "limit" },
  {
    name: "warmUp",
    value: "NUMBER",
    help: "Mails of its issues on the first day, twice as many each day; or none",
    kind: "limit",
  },
];

const create: Command = {
  summary: "Make a newsletter.",
  flags: { slug: { value: slug.value, help: slug.help }, ...fieldFlags(editable) },
  more: [
    "Needed are slug, name, pitch, sender name and sender address, by flags or from a file.",
    "Keys of the file are written like the flags with underscores: sender_name.",
  ].join("\n"),
  examples: [
    "tidings newsletter create --file newsletters/morning.json",
    'tidings newsletter create --slug morning --name "Morning Tide" --pitch "Before the first ferry." \\\n    --sender-name "Dana Whitlock" --sender-address morning@example.org',
  ],
  async run(cli, given) {
    const { api } = await cli.connect();
    // The API checks what came in; a flag or a file may hold anything.
    const json = readFields(given, [slug, ...editable]) as CreateNewsletterInput;
    const posted = reply(api.newsletters.$post({ json }));
    const { newsletter, missing } = await namingFlags(given, [slug, ...editable], posted);
    const made = `Made the newsletter ${newsletter.slug}, "${newsletter.name}", ${newsletter.status}.`;
    const notes = [...(await whereToSee(cli, newsletter)), ...missing.map(notThere)];
    return { json: { newsletter, missing }, text: made, notes };
  },
};

async function whereToSee(cli: Cli, newsletter: Newsletter): Promise<string[]> {
  const { api } = await cli.connect();
  const { publicUrl } = await reply(api.instance.$get());
  return [`Readers sign up at ${publicUrl}/n/${newsletter.slug}`];
}

const list: Command = {
  summary: "List all newsletters in the order of the hub.",
  flags: { status: { value: "STATUS", help: "Only hidden, open, paused or closed ones" } },
  examples: ["tidings newsletter list", "tidings newsletter list --status open --json"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const status = given.text("status") as Newsletter["status"] | undefined;
    const { newsletters } = await reply(api.newsletters.$get({ query: status === undefined ? {} : { status } }));
    const rows = newsletters.map((one) => [
      ...[one.slug, one.status, one.language, one.archive],
      ...[one.name, one.frequency],
    ]);
    const heads = ["slug", "status", "language", "archive", "name", "frequency"].map((title) => ({ title }));
    const none = newsletters.length === 0;
    return {
      json: { newsletters },
      text: none ? "No newsletters." : table(heads, rows, cli.terminal.columns),
      notes: none ? ["Make one with: tidings newsletter create --file FILE"] : [],
    };
  },
};

const show: Command = {
  summary: "Show one newsletter with all its fields, its readers, and how many of them take a break.",
  positionals: [{ name: "SLUG" }],
  examples: ["tidings newsletter show morning"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const param = { slug: pathPart(given.words[0] ?? "") };
    const found = await reply(api.newsletters[":slug"].$get({ param }));
    const { texts } = await reply(api.newsletters[":slug"].texts.$get({ param }));
    return {
      json: found,
      text: sheet(fieldsOf(found, texts.length)),
      notes: texts.length === 0 ? [] : [`Its own texts: tidings newsletter text ${found.newsletter.slug}`],
    };
  },
};

const edit: Command = {
  summary: "Change some fields of a newsletter.",
  positionals: [{ name: "SLUG" }],
  flags: fieldFlags(editable),
  more: "A file may name the slug too, if it is the same.",
  examples: [
    "tidings newsletter edit morning --status paused",
    "tidings newsletter edit morning --file newsletters/morning.json",
  ],
  run: editOne,
};

async function editOne(cli: Cli, given: Given): Promise<Outcome> {
  const [name = ""] = given.words;
  const { slug: inFile, ...changes } = readFields(given, editable, [slug, ...editable]);
  if (inFile !== undefined && inFile !== name) {
    throw new AppError("invalid", `The file is about "${String(inFile)}", not about "${name}".`, {
      field: "slug",
      hint: "A slug cannot be changed: it stands in links that are already out.",
    });
  }
  if (Object.keys(changes).length === 0) {
    throw new AppError("invalid", "Nothing to change was given.", { hint: "See: tidings newsletter edit --help" });
  }
  const { api } = await cli.connect();
  const json = changes as EditNewsletterInput;
  const patched = reply(api.newsletters[":slug"].$patch({ param: { slug: pathPart(name) }, json }));
  const { newsletter, missing } = await namingFlags(given, editable, patched);
  const changed = Object.keys(changes).map((field) => kebab(field).replaceAll("-", " "));
  // Whoever changes a name has heard of the picture before.
  const notes = "image" in changes || "imageSquare" in changes ? missing.map(notThere) : [];
  return { json: { newsletter, missing }, text: `Changed ${changed.join(", ")} of ${newsletter.slug}.`, notes };
}

function notThere(path: string): string {
  return `There is no picture at ${path} yet: put it into the folder assets of your templates folder.`;
}

interface Shown {
  readonly newsletter: Newsletter;
  readonly readers: number;
  readonly paused: number;
}

function fieldsOf({ newsletter, readers, paused }: Shown, ownTexts: number): [string, string][] {
  return [
    ["slug", newsletter.slug],
    ["status", newsletter.status],
    ["readers", count(readers)],
    ["paused readers", count(paused)],
    ["name", newsletter.name],
    ["pitch", newsletter.pitch],
    ["about", newsletter.about],
    ["frequency", newsletter.frequency],
    ["language", newsletter.language],
    ["sender name", newsletter.senderName],
    ["sender address", newsletter.senderAddress],
    ["reply to", newsletter.replyTo ?? ""],
    ["group", newsletter.group],
    ["position", String(newsletter.position)],
    ["image", newsletter.image ?? ""],
    ["image square", newsletter.imageSquare ?? ""],
    ["image alt", newsletter.imageAlt],
    ["thanks", newsletter.thanks],
    ["welcome", newsletter.welcome ?? ""],
    ["archive", newsletter.archive],
    ["origins", newsletter.origins.join(", ") || "any"],
    ["redirects", newsletter.redirects.join(", ") || "none"],
    ["list id", newsletter.listId],
    ...limitLines(newsletter),
    ["own texts", count(ownTexts)],
  ];
}

/** What people subscribe to. */
export const newsletter: Noun = {
  summary: "Newsletters: what people subscribe to.",
  verbs: { create, list, show, edit, embed, text, reasons },
};
