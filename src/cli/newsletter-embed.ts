import { AppError } from "../errors.ts";
import type { Command } from "./command.ts";
import { pathPart, reply } from "./reply.ts";

const kinds = ["form", "element", "frame"] as const;

type Kind = (typeof kinds)[number];

const headings: Readonly<Record<Kind, string>> = {
  form: "Plain form: needs no script, and leads to the page of thanks.",
  element: "Custom element: stays on the page; without script the plain form inside is shown.",
  frame: "Frame: keeps our styles; its height follows what is in it.",
};

/** Forms for other sites. */
export const embed: Command = {
  summary: "Print sign-up forms for pages of other sites, ready to paste.",
  positionals: [{ name: "SLUG" }],
  flags: {
    kind: { value: "KIND", help: "Only one of them: form, element or frame" },
    and: { value: "SLUG", help: "A further newsletter in the same form", many: true },
    form: { value: "ID", help: "What sign-ups name as the form they came by, such as article-end" },
    lang: { value: "TAG", help: "Language of the form; the newsletter's unless given" },
  },
  more: "With --kind nothing else is printed, so that the output can go into a file.",
  examples: [
    "tidings newsletter embed morning",
    "tidings newsletter embed morning --kind element --form article-end > signup.html",
    "tidings newsletter embed morning --and weekend --kind form",
  ],
  async run(cli, given) {
    const [slug = ""] = given.words;
    const kind = readKind(given.text("kind"));
    const and = given.list("and");
    const { api } = await cli.connect();
    const [form, lang] = [given.text("form"), given.text("lang")];
    const query = {
      ...(and.length === 0 ? {} : { and: and.join(",") }),
      ...(form === undefined ? {} : { form }),
      ...(lang === undefined ? {} : { lang }),
    };
    const snippets = await reply(api.newsletters[":slug"].embed.$get({ param: { slug: pathPart(slug) }, query }));
    if (kind !== null) {
      const text = snippets[kind];
      if (text !== null) return { json: { [kind]: text }, text };
      throw new AppError("invalid", "A frame is for one newsletter alone.", { field: "and" });
    }
    const parts = kinds.flatMap((one) => (snippets[one] === null ? [] : [`${headings[one]}\n\n${snippets[one]}`]));
    return {
      json: { ...snippets },
      text: parts.join("\n\n\n"),
      notes: ["Only one of them: add --kind form, element or frame"],
    };
  },
};

function readKind(text: string | undefined): Kind | null {
  const found = kinds.find((kind) => kind === text);
  if (text === undefined || found !== undefined) return found ?? null;
  throw new AppError("invalid", `There is no embed "${text}".`, {
    field: "--kind",
    hint: `Known: ${kinds.join(", ")}.`,
  });
}
