import * as z from "zod";
import { AppError } from "../errors.ts";
import { mailLimit } from "../instance/limits.ts";
import { line, mailAddress, prose } from "../instance/texts.ts";
import { isError } from "../mail/fault.ts";
import { headerFault, mailboxFault } from "../mail/headers.ts";
import { isLanguage } from "../mail/language.ts";
import { readWelcome } from "../mail/welcome.ts";

const address = mailAddress({ mayBeEmpty: false });

/** The part of an address's name in URLs, files and List-Id. */
export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$/, "must be lower-case letters, digits and hyphens, at most 80")
  // The preference page leaves every newsletter by this word.
  .refine((text) => text !== "all", 'must not be "all", which stands for every newsletter');

const picture = z
  .string()
  .regex(/^(?:https?:\/\/|\/(?!\/))\S+$/, "must start with https:// or with a single / for an own asset")
  .refine((url) => headerFault(url) === null, "must not hold control characters")
  .nullable();

/** A site as browsers name it in the header Origin; written as a whole address, it is cut to that. */
const origin = z
  .string()
  .trim()
  .max(300)
  .refine(isPlain, "must name one site in full: no * stands for several. List each of them, or none to allow any")
  .refine((text) => webUrl(text)?.pathname === "/", "must be a site such as https://news.example.org, without a path")
  .transform((text) => webUrl(text)?.origin ?? text);

/** What an address must begin with: origin and path, so that no other host can be meant (DOI-30). */
const prefix = z
  .string()
  .trim()
  .max(500)
  .refine(isPlain, "must name one site in full: no * stands for several. List each address by itself")
  .refine(
    (text) => webUrl(text) !== null,
    "must be an address such as https://news.example.org/thanks, without user and #",
  )
  .refine((text) => (webUrl(text)?.search ?? "") === "", "must end before the ?, since what follows it may be anything")
  .transform((text) => webUrl(text)?.href ?? text);

/** False for an address whose host holds a *, or another sign of policies: those would be read as more than a name. */
function isPlain(text: string): boolean {
  return /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/.test(webUrl(text)?.hostname ?? "none");
}

/** An http(s) address without user, or null. */
function webUrl(text: string): URL | null {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.hash === "" ? url : null;
}

/** What a newsroom fills in; each field as stored. */
export const newsletterFields = {
  slug,
  name: line(120).min(1, "is missing"),
  pitch: line(300).min(1, "is missing: one line that says why to subscribe"),
  about: prose(5_000),
  frequency: line(120),
  language: z.string().refine(isLanguage, "must be a language tag such as en or pt-BR"),
  senderName: line(120)
    .min(1, "is missing")
    .refine((name) => mailboxFault({ name, address: "a@b.example" }) === null, "must not contain @ (FMT-06)"),
  senderAddress: address,
  replyTo: address.nullable(),
  group: line(120),
  position: z.int().min(-1_000_000).max(1_000_000),
  image: picture,
  imageSquare: picture,
  imageAlt: line(300),
  thanks: prose(2_000),
  welcome: prose(10_000).nullable(),
  status: z.enum(["hidden", "open", "paused", "closed"]),
  archive: z.enum(["public", "link", "none"]),
  origins: z.array(origin).max(50, "must not have more than 50 entries"),
  redirects: z.array(prefix).max(50, "must not have more than 50 entries"),
  hourlyLimit: mailLimit,
  warmUp: mailLimit,
};

/** Throws `invalid` with every fault of a welcome text, which is Markdown and leaves as a mail of its own. */
export function requireWelcome(text: string | null | undefined, publicUrl: string, language: string): void {
  const faults = text ? readWelcome(text, `${publicUrl}/`, language).faults.filter(isError) : [];
  const [first] = faults;
  if (first === undefined) return;
  const hint = first.hint === undefined ? {} : { hint: first.hint };
  throw new AppError("invalid", `welcome, line ${first.line}: ${first.message}`, { field: "welcome", faults, ...hint });
}
