import { expect, test } from "vitest";
import { correctIssue } from "../../src/issue/correct.ts";
import { openOffice } from "../dispatch/post.ts";

const subject = 'For {{ subscriber.name | default: "you" }}';
const markdown = `# Hello {{ subscriber.name | default: "reader" }}

We write to {{ subscriber.email }}. [Leave]({{ unsubscribe_url }}), [choose]({{ preferences_url }}) or [read]({{ web_url }}).
`;
const paths = ["/n/tide/one", "/n/tide/archive", "/n/tide", "/n/tide/feed.xml", "/n/tide/feed.json", "/sitemap.xml"];

test("the archive is the same whoever comes from whichever mail, and holds no trace of any reader (FMT-28)", async () => {
  const office = await openOffice({ readers: 2 });
  await office.start("one", { subject, markdown });
  await office.drain();
  const [one, two] = await Promise.all(["reader1@post.tld", "reader2@post.tld"].map((to) => office.mails(to)));
  const copyIn = (html = "") => [...new Set([...html.matchAll(/https:[^"]*\/n\/tide\/one[^"]*/g)].map(([url]) => url))];
  const [url = ""] = copyIn(one?.[0]?.html);
  expect(url).toBe("https://letters.harbourcourier.example/n/tide/one");
  expect(copyIn(two?.[0]?.html)).toEqual([url]);

  const traces = [one, two].flatMap((mails) => {
    const mail = mails?.[0];
    expect(mail?.html).toContain("Hello Reader ");
    const links = new Set([...(mail?.html ?? "").matchAll(/\/[up]\/([a-z2-7]{20,})/g)].map(([, token = ""]) => token));
    expect(links.size).toBe(2);
    return [...links, /<([^@>]+)@/.exec(mail?.headers.get("message-id") ?? "")?.[1] ?? ""];
  });
  expect(new Set(traces.filter((trace) => trace !== "")).size).toBe(6);
  const source = `---\nnewsletter: tide\nsubject: '${subject}'\nslug: one\n---\n\n${markdown}\nOnce more.\n`;
  for (const correct of [false, true]) {
    if (correct) await correctIssue(office.ctx, { source, note: "Better." });
    for (const path of paths) {
      const [first, second] = await Promise.all(
        [one, two].map(async (mails) => {
          const headers = {
            cookie: `from=${mails?.[0]?.to}`,
            referer: mails?.[0]?.html.match(/https:[^"]*\/u\/[^"]*/)?.[0] ?? "",
          };
          return (await office.get(path, headers)).text();
        }),
      );
      expect(second, path).toBe(first);
      expect(first, path).not.toMatch(/reader\d|post\.tld|Reader \d|\/[up]\/[a-z2-7]/);
      for (const trace of traces) expect(first, path).not.toContain(trace);
    }
  }
  const page = await (await office.get("/n/tide/one")).text();
  expect(page).toContain("Hello reader</h1>");
  expect(page).toContain("<title>For you · ");
});
