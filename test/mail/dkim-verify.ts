import { createHash, type KeyObject, verify } from "node:crypto";

/** What a receiver finds: which header fields are covered, or why the signature does not hold. */
export type Verdict =
  | { readonly ok: true; readonly covered: readonly string[] }
  | { readonly ok: false; readonly why: string };

/**
 * Checks the topmost DKIM-Signature with this selector as a receiver does (RFC 6376 §6, relaxed/relaxed only). Written line by
 * line over strings, so that it shares nothing with what it checks.
 */
export function verifyDkim(message: Buffer, selector: string, key: KeyObject): Verdict {
  const text = message.toString("latin1");
  const cut = text.indexOf("\r\n\r\n");
  const fields: string[] = [];
  for (const line of text.slice(0, cut === -1 ? text.length : cut).split("\r\n")) {
    if (/^[ \t]/.test(line)) fields[fields.length - 1] += `\r\n${line}`;
    else fields.push(line);
  }
  const place = fields.findIndex((field) => nameOf(field) === "dkim-signature" && tagsOf(field).s === selector);
  const own = fields[place];
  if (own === undefined) return { ok: false, why: "no signature" };
  const tags = tagsOf(own);
  if (tags.v !== "1" || tags.c !== "relaxed/relaxed" || tags.l !== undefined) return { ok: false, why: "tags" };
  const body = createHash("sha256")
    .update(relaxedBody(cut === -1 ? "" : text.slice(cut + 4)), "latin1")
    .digest("base64");
  if (body !== tags.bh) return { ok: false, why: "body hash" };
  const covered = (tags.h ?? "").split(":").map((name) => name.toLowerCase());
  const data = headerData(fields.toSpliced(place, 1), covered) + relaxed(own.replace(/(;\s*b=)[^;]*/, "$1"));
  const bytes = Buffer.from(data, "latin1");
  const signature = Buffer.from(tags.b ?? "", "base64");
  const holds =
    tags.a === "ed25519-sha256"
      ? verify(null, createHash("sha256").update(bytes).digest(), key, signature)
      : verify("sha256", bytes, key, signature);
  return holds ? { ok: true, covered } : { ok: false, why: "signature" };
}

/** Each name takes the lowest field of that name that is left; one without a field stands for nothing (§5.4.2). */
function headerData(fields: readonly string[], names: readonly string[]): string {
  const left = fields.slice();
  let data = "";
  for (const name of names) {
    const at = left.findLastIndex((field) => nameOf(field) === name);
    if (at !== -1) data += `${relaxed(left.splice(at, 1)[0] ?? "")}\r\n`;
  }
  return data;
}

function nameOf(field: string): string {
  return (field.split(":", 1)[0] ?? "").trim().toLowerCase();
}

export function tagsOf(field: string): Record<string, string | undefined> {
  const list = field.slice(field.indexOf(":") + 1).split(";");
  return Object.fromEntries(
    list
      .filter((tag) => tag.includes("="))
      .map((tag) => {
        const at = tag.indexOf("=");
        return [tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s+/g, "")];
      }),
  );
}

function relaxed(field: string): string {
  const colon = field.indexOf(":");
  const value = field
    .slice(colon + 1)
    .split("\r\n")
    .join("")
    .split(/[ \t]+/)
    .filter((word) => word !== "")
    .join(" ");
  return `${nameOf(field)}:${value}`;
}

function relaxedBody(body: string): string {
  const lines = body.split("\r\n").map((line) =>
    line
      .split(/[ \t]+/)
      .join(" ")
      .replace(/ $/, ""),
  );
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\r\n`).join("");
}
