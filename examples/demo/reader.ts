import { createHash } from "node:crypto";
import type { Reader } from "./crowd.ts";

/** A mail as the outbox shows it. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Path of its page in the outbox. */
  readonly path: string;
}

interface Form {
  readonly action: string;
  readonly fields: [name: string, value: string][];
}

/** Fills in the form on the page of all newsletters; `message` is what stands beside the field, if it comes back. */
export async function signUpByHub(url: string, reader: Reader): Promise<{ status: number; message: string }> {
  const form = readForm(await text(`${url}/`), "/subscribe");
  const kept = form.fields.filter(([name]) => name !== "newsletter" && name !== "email");
  const chosen = reader.newsletters.map((slug): [string, string] => ["newsletter", slug]);
  return post(url, form.action, [...kept, ["email", reader.email], ...chosen], reader);
}

/** Fills in the form on a newsletter's own page. */
export async function signUpByPage(url: string, reader: Reader): Promise<{ status: number; message: string }> {
  const form = readForm(await text(`${url}/n/${reader.newsletters[0]}`), "/subscribe");
  const kept = form.fields.filter(([name]) => name !== "email");
  return post(url, form.action, [...kept, ["email", reader.email]], reader);
}

/** Signs up as a site's own program would, which may know the reader's name. */
export async function signUpByProgram(url: string, reader: Reader): Promise<void> {
  const answer = await fetch(`${url}/subscribe`, {
    method: "POST",
    headers: { "content-type": "application/json", ...fromHome(reader) },
    body: JSON.stringify(reader),
  });
  if (answer.status !== 202) throw new Error(`${reader.email}: ${answer.status} ${await answer.text()}`);
}

/** Opens the link of a confirmation mail and presses the button on its page. */
export async function confirmByPage(url: string, mail: Mail): Promise<void> {
  const link = /\/confirm\/[a-z2-7]+/.exec(await text(`${url}${mail.path}?view=text`))?.[0];
  if (link === undefined) throw new Error(`the mail to ${mail.to} holds no link`);
  const form = readForm(await text(`${url}${link}`), "/confirm/");
  const answer = await fetch(new URL(form.action || link, url), {
    method: "POST",
    body: new URLSearchParams(form.fields),
    redirect: "manual",
  });
  if (answer.status !== 303) throw new Error(`confirming ${mail.to} answered ${answer.status}`);
}

/** Does what a mail program does when its own "Unsubscribe" is pressed (RFC 8058). */
export async function leaveByMail(url: string, mail: Mail): Promise<number> {
  const raw = unescapeHtml(await text(`${url}${mail.path}?view=raw`));
  const target = /^List-Unsubscribe: <([^>]+)>/m.exec(raw)?.[1];
  if (target === undefined) throw new Error(`the mail to ${mail.to} has no List-Unsubscribe header`);
  const answer = await fetch(target, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
    redirect: "manual",
  });
  return answer.status;
}

/** Workers count sign-ups by network, and no two readers live together; wrangler passes on what Cloudflare itself would set. */
function fromHome({ email }: Reader): Record<string, string> {
  const [a = 0, b = 0] = createHash("sha256").update(email).digest();
  return { "cf-connecting-ip": `198.18.${a}.${b}` };
}

/** Mails in the outbox whose subject holds some words; waits until there are enough, for a minute. */
export async function findMails(url: string, words: string, enough: number, to?: string): Promise<Mail[]> {
  for (const end = Date.now() + 60_000; ; ) {
    const found = (await allMails(url)).filter(
      (mail) => mail.subject.includes(words) && (to === undefined || mail.to === to),
    );
    if (found.length >= enough) return found;
    if (Date.now() > end) throw new Error(`${found.length} mails "${words}" came of ${enough}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function allMails(url: string): Promise<Mail[]> {
  const mails: Mail[] = [];
  for (let next: string | undefined = "/outbox"; next !== undefined; ) {
    const page: string = await text(`${url}${next}`);
    for (const [row] of page.matchAll(/<li><a href="\/outbox\/[\s\S]*?<\/li>/g)) {
      const path = /href="(\/outbox\/[^"?]+)/.exec(row)?.[1];
      const subject = /class="mails-subject"[^>]*>([^<]*)</.exec(row)?.[1];
      const to = /class="mails-to"[^>]*>([^<]*)</.exec(row)?.[1];
      if (path && to && subject) mails.push({ path, to: unescapeHtml(to), subject: unescapeHtml(subject) });
    }
    next = /<a href="([^"]+)"[^>]*>Older mails</.exec(page)?.[1]?.replaceAll("&amp;", "&");
  }
  return mails;
}

async function text(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

/** The form of a page whose action begins with a path, with the fields as the page fills them. */
function readForm(page: string, action: string): Form {
  for (const [form] of page.matchAll(/<form\b[\s\S]*?<\/form>/g)) {
    const target = unescapeHtml(/<form\b[^>]*\baction="([^"]*)"/.exec(form)?.[1] ?? "");
    if (!target.includes(action) && target !== "") continue;
    const fields = [...form.matchAll(/<input\b[^>]*>/g)].flatMap(([input]): [string, string][] => {
      const name = /\bname="([^"]*)"/.exec(input)?.[1];
      const checked = !/type="checkbox"/.test(input) || /\bchecked\b/.test(input);
      return name === undefined || !checked ? [] : [[name, unescapeHtml(/\bvalue="([^"]*)"/.exec(input)?.[1] ?? "")]];
    });
    return { action: target, fields };
  }
  throw new Error(`the page has no form for ${action}`);
}

async function post(
  url: string,
  action: string,
  fields: [string, string][],
  reader: Reader,
): Promise<{ status: number; message: string }> {
  const answer = await fetch(new URL(action, url), {
    method: "POST",
    headers: fromHome(reader),
    // These readers are faster than people, which the guard would take them to task for: a form without the time of its showing is
    // as good as one that was pasted into a page.
    body: new URLSearchParams(fields.filter(([name]) => name !== "seen")),
    redirect: "manual",
  });
  const body = answer.status === 422 ? await answer.text() : "";
  if (answer.status !== 303 && answer.status !== 422) throw new Error(`the form answered ${answer.status}`);
  const message = /id="email-fault"[^>]*>([\s\S]*?)<\/p>/.exec(body)?.[1] ?? "";
  return {
    status: answer.status,
    message: unescapeHtml(message.replace(/<span class="vh">[^<]*<\/span>|<[^>]+>/g, "").trim()),
  };
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#34;", '"')
    .replaceAll("&amp;", "&");
}
