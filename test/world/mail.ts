import { parse } from "parse5";
import PostalMime from "postal-mime";
import { attribute, elements } from "./forms.ts";

/** A mail as an independent parser reads it from the outbox. */
export interface Mail {
  readonly to: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Every address in the HTML part's links, then those that only the text part has. */
  readonly links: readonly string[];
  /** The first link of its kind, or "". */
  readonly confirmLink: string;
  readonly leaveLink: string;
  readonly preferencesLink: string;
  readonly manageLink: string;
  readonly addressLink: string;
  readonly raw: Uint8Array;
}

/** A message as postal-mime reads it, with its links. */
export async function readMail(raw: Uint8Array): Promise<Mail> {
  const parsed = await PostalMime.parse(raw);
  const { html = "", text = "" } = parsed;
  const hrefs = elements(parse(html)).flatMap((element) => attribute(element, "href") ?? []);
  const written = [...text.matchAll(/https?:\/\/[^\s<>")\]]+/g)].map(([url]) => url.replace(/[.,;:]+$/, ""));
  const links = [...new Set([...hrefs, ...written])];
  const first = (kind: string) => links.find((link) => link.includes(`/${kind}/`)) ?? "";
  return {
    to: parsed.to?.[0]?.address ?? "",
    from: { name: parsed.from?.name ?? "", address: parsed.from?.address ?? "" },
    subject: parsed.subject ?? "",
    text,
    html,
    headers: new Map(parsed.headers.map(({ key, value }) => [key, value])),
    links,
    confirmLink: first("confirm"),
    leaveLink: first("u"),
    preferencesLink: first("p"),
    manageLink: first("manage"),
    addressLink: first("address"),
    raw,
  };
}
