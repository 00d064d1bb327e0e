import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileIssue, type IssueInput, type WebIssue } from "../../src/mail/compile.ts";
import type { CompiledMail, Recipient } from "../../src/mail/message.ts";
import type { NoticeData } from "../../src/mail/notice.ts";
import type { TemplateSource } from "../../src/mail/template.ts";

const folder = fileURLToPath(new URL("../../templates/", import.meta.url));

/** The templates that ship, with some replaced or (undefined) taken away. */
export function templates(replaced: Readonly<Record<string, string | undefined>> = {}): TemplateSource {
  return {
    read(path) {
      if (path in replaced) return replaced[path];
      try {
        return readFileSync(join(folder, path), "utf8");
      } catch {
        return undefined;
      }
    },
  };
}

/** An issue that uses everything Markdown offers here. */
export const richMarkdown = `# The ferry stays: council reverses a winter of cuts

Good morning, {{ subscriber.name | default: "reader" }}. After **eleven hours** of debate and a petition with 14,302 names, the
harbour council voted last night to keep the *northern line* running through March. Our reporter [stayed until the end](https://harbour.example/ferry-vote).

![The ferry Aurora leaves the northern pier in morning fog](/pictures/ferry.png "The Aurora on Tuesday morning. Photograph: Ida Brandt")

The decision costs the city 2.1 million a year. It came after the mayor's own party split, and it leaves one question
open: who pays for the new pier?

[Read the whole story](https://harbour.example/ferry-vote?from=mail&part=1){button}

> We were told that nobody takes the six o'clock boat. So four hundred of us took the six o'clock boat.
>
> — Marta Lindqvist, nurse and organiser

## What it means for you

- The six o'clock boat runs again from **Monday**.
- Monthly passes stay at 49; day tickets rise by ten cents.
- Bicycles travel free until Easter:
  - on weekdays after nine,
  - all day on Sundays.

### How they voted

| Party | For | Against | Absent |
|:--|--:|--:|--:|
| Harbour List | 11 | 2 | 0 |
| Civic Union | 6 | 7 | 1 |
| Greens | 5 | 0 | 0 |

---

## Also this morning

1. **Schools.** Two more classrooms close for [mould](https://harbour.example/schools), the third since autumn.
2. **Housing.** Rents in the old town fell for the first time since 2011.
3. **Weather.** Fog until ten, then sun; four degrees.

Do you have a question for the council? Write to [the newsroom](mailto:newsroom@harbour.example), or run \`ferry --times\` in your head:

\`\`\`
06:00  Northern pier
06:25  Market island
\`\`\`

Until tomorrow,\\
Ida

You can [leave this newsletter]({{ unsubscribe_url }}) or [change what you get]({{ preferences_url }}) at any time.
`;

/** A whole issue; parts may be replaced. */
export function issueInput(changes: Partial<IssueInput> = {}): IssueInput {
  return {
    templates: templates(),
    markdown: richMarkdown,
    firstLine: 7,
    subject: 'The ferry stays, {{ subscriber.name | default: "reader" }}',
    preheader: "The council votes for the northern line, schools lose two rooms, and the fog lifts at ten.",
    date: Date.UTC(2026, 4, 5, 6),
    publicUrl: "https://news.harbour.example",
    webUrl: "https://news.harbour.example/n/morning/ferry-stays",
    archiveUrl: "https://news.harbour.example/n/morning/archive",
    language: "en-GB",
    newsletter: {
      name: "The Harbour Morning",
      pitch: "Five stories before the first boat",
      slug: "morning",
      listId: "morning.news.harbour.example",
      from: { name: "The Harbour Morning", address: "morning@harbour.example" },
      replyTo: { name: "Newsroom", address: "newsroom@harbour.example" },
      image: null,
    },
    operator: {
      name: "Harbour Media Cooperative",
      postalAddress: "Pier Street 4\n20457 Harbour",
      privacyUrl: "https://harbour.example/privacy",
    },
    tags: [["issue", "42"]],
    ...changes,
  };
}

/** A compiled issue that has no errors. */
export function compiled(changes: Partial<IssueInput> = {}): { mail: CompiledMail; web: WebIssue } {
  const { mail, web, faults } = compileIssue(issueInput(changes));
  if (mail === null || web === null) throw new Error(JSON.stringify(faults));
  return { mail, web };
}

/** One reader's values. */
export const values: Recipient["values"] = {
  name: "Åsa",
  email: "asa@example.org",
  subscriber: "81",
  leaveUrl: "https://news.harbour.example/u/abcdefghij",
  preferencesUrl: "https://news.harbour.example/p/klmnopqrst",
};

/** A notice of every kind can be rendered from this. */
export function noticeData(changes: Partial<NoticeData> = {}): NoticeData {
  return {
    site: "The Harbour",
    language: "en-GB",
    own: {},
    operator: {
      name: "Harbour Media Cooperative",
      postalAddress: "Pier Street 4\n20457 Harbour",
      privacyUrl: "https://harbour.example/privacy",
      contact: "newsroom@harbour.example",
    },
    confirming: [
      { name: "The Harbour Morning", pitch: "Five stories before the first boat", frequency: "every weekday" },
      { name: "Tide Tables & Trade", pitch: "The port in figures", frequency: "on Fridays" },
    ],
    already: [{ name: "Sunday Long Read" }],
    welcome: [
      {
        name: "The Harbour Morning",
        text: "Thank you for reading us.\n\nThe next issue comes **tomorrow at six**. Until then, [the ten stories of the week](https://harbour.example/week) are a good start.\n\n[Open the archive](/n/morning){button}",
      },
    ],
    confirmUrl: "https://news.harbour.example/c/mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpi",
    notMeUrl: "https://news.harbour.example/c/mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpi/not-me",
    manageUrl: "https://news.harbour.example/m/nrqxgzdjonzgk3tdmu",
    addressUrl: "https://news.harbour.example/a/mfsgi4tfonzq",
    preferencesUrl: values.preferencesUrl,
    leaveUrl: values.leaveUrl,
    hours: 72,
    hubUrl: "https://news.harbour.example/",
    ...changes,
  };
}
