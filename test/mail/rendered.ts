import { bundleNotices, renderNotice } from "../../src/mail/notice.ts";
import { fill } from "../../src/mail/segments.ts";
import { compiled, noticeData, templates, values } from "./sample.ts";

/** Every mail that the shipped templates make, each with little and with much in it. */
export function renderedMails(): { name: string; html: string; text: string }[] {
  const bundle = bundleNotices(templates());
  const one = noticeData().confirming.slice(0, 1);
  const notices = (["confirmation", "already", "welcome"] as const).flatMap((kind) => [
    { name: kind, ...renderNotice(bundle, kind, noticeData()) },
    {
      name: `${kind}, the least`,
      ...renderNotice(
        bundle,
        kind,
        noticeData({
          confirming: one,
          already: [],
          welcome: [{ name: "A", text: "" }],
          hours: 1,
          leaveUrl: "",
          preferencesUrl: "",
        }),
      ),
    },
    {
      name: `${kind}, the most`,
      ...renderNotice(
        bundle,
        kind,
        noticeData({
          language: "ar",
          already: [{ name: "A & B" }, { name: "C" }, { name: "D" }],
          welcome: [...noticeData().welcome, { name: "B <b>", text: "> a\n\n---\n\n| b | c |\n|--|--|\n| d | e |" }],
        }),
      ),
    },
  ]);
  const issues = [
    { name: "issue", ...compiled() },
    { name: "issue, a test", ...compiled({ test: true }) },
    { name: "issue, the least", ...compiled({ markdown: "a", date: null, preheader: "" }) },
    { name: "issue, right to left", ...compiled({ language: "he" }) },
  ].map(({ name, mail }) => ({ name, html: fill(mail.html, values), text: fill(mail.text, values) }));
  return [...issues, ...notices];
}
