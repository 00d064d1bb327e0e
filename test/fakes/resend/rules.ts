/** A refusal in the words of the API. */
export interface Refusal {
  readonly statusCode: number;
  readonly name: string;
  readonly message: string;
}

export interface Rules {
  /** Lets mails to example.com and test.com pass. */
  readonly allowReserved: boolean;
  /** Verified sender domains; null accepts any. */
  readonly domains: readonly string[] | null;
}

/** One mail of a request, after validation. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly replyTo: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
}

// Anything else is refused, which the real API may not do: a misspelt field must not pass unseen.
const members = new Set(["from", "to", "cc", "bcc", "subject", "html", "text", "reply_to", "headers", "tags"]);
const ignored = new Set(["attachments", "scheduled_at", "topic_id", "template"]);
const address = /^[^\s<>()[\]:;,\\"@]+@([a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/i;
const quotedName = /^"(?:[^"\\\p{Cc}]|\\["\\])*"$/u;
const plainName = /^[^()<>[\]:;@\\,."\p{Cc}]+$/u;
const headerName = /^[!-9;-~]+$/;
const tagText = /^[A-Za-z0-9_-]{1,256}$/;

export function refusal(statusCode: number, name: string, message: string): Refusal {
  return { statusCode, name, message };
}

export function isRefusal(value: Mail | Refusal): value is Refusal {
  return "statusCode" in value;
}

/** Checks one mail as POST /emails does. */
export function readMail(value: unknown, rules: Rules): Mail | Refusal {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refusal(422, "validation_error", "Each email must be an object.");
  }
  const mail = value as Record<string, unknown>;
  const stray = Object.keys(mail).find((name) => !members.has(name) && !ignored.has(name));
  if (stray !== undefined) {
    return refusal(422, "invalid_parameter", `Unknown field \`${stray}\`.`);
  }
  const missing = ["from", "to", "subject"].find((name) => mail[name] === undefined || mail[name] === "");
  if (missing !== undefined || (mail.html === undefined && mail.text === undefined)) {
    return refusal(422, "missing_required_field", `Missing \`${missing ?? "html` or `text"}\` field.`);
  }
  return readFrom(mail, rules) ?? readTo(mail, rules) ?? readRest(mail) ?? toMail(mail);
}

function readFrom(mail: Record<string, unknown>, rules: Rules): Refusal | null {
  const found = typeof mail.from === "string" ? mailboxAddress(mail.from) : null;
  if (found === null) {
    return invalid("from", "It needs to follow the `email@domain.tld` or `Name <email@domain.tld>` format.");
  }
  const domain = found.slice(found.lastIndexOf("@") + 1);
  if (rules.domains !== null && !rules.domains.includes(domain)) {
    return refusal(403, "validation_error", `The ${domain} domain is not verified.`);
  }
  return null;
}

function readTo(mail: Record<string, unknown>, rules: Rules): Refusal | null {
  for (const name of ["to", "cc", "bcc", "reply_to"]) {
    const list = listOf(mail[name]);
    if (list === null || (name === "to" && list.length === 0) || list.length > 50) {
      return invalid(name, "It must hold 1 to 50 addresses.");
    }
    const found = list.map((entry) => (typeof entry === "string" ? mailboxAddress(entry) : null));
    if (found.includes(null)) {
      return invalid(name, "It needs to follow the `email@domain.tld` or `Name <email@domain.tld>` format.");
    }
    if (
      name !== "reply_to" &&
      !rules.allowReserved &&
      found.some((entry) => /@(example|test)\.com$/i.test(entry ?? ""))
    ) {
      return invalid(name, "Please use our testing email address instead of domains like `example.com`.");
    }
  }
  return null;
}

function readRest(mail: Record<string, unknown>): Refusal | null {
  for (const name of ["subject", "html", "text"]) {
    if (mail[name] !== undefined && typeof mail[name] !== "string") {
      return invalid(name, "It must be a string.");
    }
  }
  if (/[\p{Cc}\u2028\u2029]/u.test(String(mail.subject))) {
    return invalid("subject", "It must not hold line breaks or control characters.");
  }
  const { headers = {}, tags = [] } = mail;
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    return invalid("headers", "It must be an object.");
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name) || typeof value !== "string" || /[\p{Cc}]/u.test(value)) {
      return invalid("headers", `The header ${JSON.stringify(name)} is not valid.`);
    }
  }
  const sound = (tag: unknown): boolean =>
    typeof tag === "object" &&
    tag !== null &&
    "name" in tag &&
    "value" in tag &&
    isTagText(tag.name) &&
    isTagText(tag.value);
  if (!Array.isArray(tags) || !tags.every(sound)) {
    return invalid("tags", "Tags should only contain ASCII letters, numbers, underscores, or dashes.");
  }
  return null;
}

function isTagText(value: unknown): boolean {
  return typeof value === "string" && tagText.test(value);
}

function invalid(field: string, why: string): Refusal {
  return refusal(422, "validation_error", `Invalid \`${field}\` field. ${why}`);
}

function listOf(value: unknown): unknown[] | null {
  if (value === undefined || value === null) {
    return [];
  }
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : null;
}

function mailboxAddress(text: string): string | null {
  const named = /^(.*\S)\s*<([^<>]+)>$/s.exec(text);
  const [name, found] = named === null ? ["", text] : [named[1] ?? "", named[2] ?? ""];
  const sound = address.test(found) && (name === "" || quotedName.test(name) || plainName.test(name));
  return sound ? found : null;
}

function toMail(mail: Record<string, unknown>): Mail {
  const texts = (value: unknown): string[] => (listOf(value) ?? []).map(String);
  return {
    from: String(mail.from),
    to: [...texts(mail.to), ...texts(mail.cc), ...texts(mail.bcc)],
    subject: String(mail.subject),
    html: typeof mail.html === "string" ? mail.html : null,
    text: typeof mail.text === "string" ? mail.text : null,
    replyTo: texts(mail.reply_to),
    headers: (mail.headers ?? {}) as Record<string, string>,
    tags: (mail.tags ?? []) as { name: string; value: string }[],
  };
}
