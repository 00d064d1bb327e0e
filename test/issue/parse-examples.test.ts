import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { parseIssue } from "../../src/issue/parse.ts";
import { parseAddress } from "../../src/mail/address.ts";
import { compileIssue } from "../../src/mail/compile.ts";
import { newsletterFields } from "../../src/newsletter/fields.ts";

const examples = join(import.meta.dirname, "../../examples");
const read = (path: string): string => readFileSync(join(examples, path), "utf8");
const names = (folder: string): string[] => readdirSync(join(examples, folder)).sort();

const {
  senderName: sender_name,
  senderAddress: sender_address,
  replyTo: reply_to,
  imageAlt: image_alt,
  imageSquare: image_square,
  ...same
} = newsletterFields;
const newsletterFile = z
  .strictObject({ ...same, sender_name, sender_address, reply_to, image_alt, image_square })
  .partial({ hourlyLimit: true, warmUp: true, archive: true, origins: true, redirects: true });
const newsletters = names("newsletters").map((name) => newsletterFile.parse(JSON.parse(read(`newsletters/${name}`))));
const slugs = newsletters.map((newsletter) => newsletter.slug);
const instance = z
  .strictObject({
    site: z.string().min(1),
    operator: z.string().min(1),
    postal_address: z.string().min(1),
    privacy_url: z.url(),
    contact: z.string(),
  })
  .parse(JSON.parse(read("instance.json")));

function isReserved(address: string): boolean {
  const refused = parseAddress(address);
  return !refused.ok && refused.fault === "reserved-domain" && parseAddress(address, { allowReserved: true }).ok;
}

describe("the invented newsroom", () => {
  it("has three open newsletters, some with a welcome text and some without", () => {
    expect(names("newsletters")).toEqual(slugs.map((slug) => `${slug}.json`).sort());
    expect(newsletters.map((newsletter) => newsletter.status)).toEqual(["open", "open", "open"]);
    expect(new Set(newsletters.map((newsletter) => newsletter.welcome === null)).size).toBe(2);
  });

  it("can be reached at reserved domains only, so that nothing is ever mailed", () => {
    const senders = newsletters.flatMap((newsletter) => [newsletter.sender_address, newsletter.reply_to ?? ""]);
    for (const address of [...senders, instance.contact]) expect(isReserved(address), address).toBe(true);
  });

  it("has a dozen readers at reserved domains, each with newsletters that exist", () => {
    const reader = z.strictObject({ name: z.string(), email: z.string(), newsletters: z.array(z.enum(slugs)).min(1) });
    const readers = z.array(reader).parse(JSON.parse(read("readers.json")));
    expect(readers).toHaveLength(12);
    expect(new Set(readers.map((one) => one.email)).size).toBe(12);
    for (const { email } of readers) expect(isReserved(email), email).toBe(true);
  });

  it.each(names("issues"))("writes %s without a fault or warning, in and out of a mail", (name) => {
    const { issue, faults } = parseIssue(read(`issues/${name}`), name);
    expect(faults).toEqual([]);
    const newsletter = newsletters.find((one) => one.slug === issue?.newsletter);
    if (issue === null || newsletter === undefined) throw new Error(`${name} names no newsletter of the newsroom`);
    const compiled = compileIssue({
      ...issue,
      templates: { read: (path) => readFileSync(join(examples, "../templates", path), "utf8") },
      publicUrl: "https://letters.harbourcourier.example",
      webUrl: "https://letters.harbourcourier.example/n/x/y",
      archiveUrl: "https://letters.harbourcourier.example/n/x/archive",
      language: newsletter.language,
      newsletter: {
        ...newsletter,
        listId: "x.harbourcourier.example",
        from: { name: newsletter.sender_name, address: newsletter.sender_address },
        replyTo: newsletter.reply_to === null ? null : { name: "", address: newsletter.reply_to },
      },
      operator: {
        name: instance.operator,
        postalAddress: instance.postal_address,
        privacyUrl: instance.privacy_url,
      },
      tags: [],
    });
    expect(compiled.faults).toEqual([]);
  });

  it("has at least one issue of every newsletter", () => {
    const written = names("issues").map((name) => parseIssue(read(`issues/${name}`)).issue?.newsletter);
    expect(new Set(written)).toEqual(new Set(slugs));
  });

  it("has every picture that it names, and no picture that nobody names, each under 120 kB", () => {
    const pages = [...names("issues").map((name) => read(`issues/${name}`)), JSON.stringify(newsletters)].join("\n");
    const named = new Set([...pages.matchAll(/\/assets\/pictures\/([\w-]+\.jpg)/g)].map((match) => match[1] ?? ""));
    expect(names("site/assets/pictures")).toEqual([...named].sort());
    for (const name of named) {
      const path = join(examples, "site/assets/pictures", name);
      expect(existsSync(path)).toBe(true);
      expect(statSync(path).size, name).toBeLessThan(120_000);
    }
  });
});
