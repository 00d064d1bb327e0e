import { redact } from "../../log.ts";
import type { ReportKind } from "../../mail/report.ts";

/** A report about one mail, in words of our own. */
export interface Report {
  readonly kind: ReportKind;
  /** When the mail was made at the provider, or else when the report was; ms UTC, null where neither is said. */
  readonly madeAt: number | null;
  /** Whom the mail went to; null where that is not said. */
  readonly to: string | null;
  /** What the mail was sent with. */
  readonly tags: ReadonlyMap<string, string>;
  /** Why the provider suppresses the address. */
  readonly cause: "hard-bounce" | "complaint";
  /** What the provider gives as its reason, in one line without addresses; "" for nothing. */
  readonly reason: string;
}

/** What the body of a webhook holds. */
export type Reading =
  | { readonly result: "report"; readonly report: Report }
  /** Of a type that says nothing about a mail of ours. */
  | { readonly result: "ignored"; readonly type: string }
  | { readonly result: "unreadable"; readonly fault: string };

const kinds: ReadonlyMap<string, ReportKind> = new Map([
  ["email.sent", "sent"],
  ["email.delivered", "delivered"],
  ["email.delivery_delayed", "delayed"],
  ["email.bounced", "bounced"],
  ["email.complained", "complained"],
  ["email.suppressed", "suppressed"],
  ["email.failed", "failed"],
  ["email.opened", "opened"],
  ["email.clicked", "clicked"],
]);

/**
 * Reads the body of one of Resend's webhooks. Its documents and its package differ on fields (RULES §6.4), so what is missing or
 * odd reads as not said, and only a body without a type, or a report about nothing, is unreadable.
 */
export function readReport(body: string): Reading {
  let whole: unknown;
  try {
    whole = JSON.parse(body);
  } catch {
    return { result: "unreadable", fault: "it is not JSON" };
  }
  const type = textAt(whole, "type");
  if (type === null) return { result: "unreadable", fault: "it names no type" };
  const kind = kinds.get(type);
  if (kind === undefined) return { result: "ignored", type: type.slice(0, 60) };
  const data = at(whole, "data");
  if (!isObject(data)) return { result: "unreadable", fault: `${type} comes without data` };
  const detail = at(data, type.slice("email.".length)) ?? at(data, "bounce");
  return {
    result: "report",
    report: {
      kind: kind === "bounced" ? bounceKind(detail) : kind,
      madeAt: time(textAt(data, "created_at")) ?? time(textAt(whole, "created_at")),
      to: firstAddress(at(data, "to")),
      tags: readTags(at(data, "tags")),
      cause: causeOf(detail),
      reason: reasonOf(detail),
    },
  };
}

/** RULES §5: which bounces are the reader's address's own, the sender's fault, or passing. */
function bounceKind(bounce: unknown): ReportKind {
  const type = wordAt(bounce, "type");
  const sub = wordAt(bounce, "subType") || wordAt(bounce, "sub_type");
  if (/^(?:contentrejected|messagetoolarge|attachmentrejected)$/.test(sub)) return "bounced-content";
  return type === "permanent" && sub !== "mailboxfull" ? "bounced" : "bounced-soft";
}

function causeOf(detail: unknown): Report["cause"] {
  const words = ["reason", "type", "subType", "message"].map((name) => wordAt(detail, name)).join(" ");
  return words.includes("complaint") ? "complaint" : "hard-bounce";
}

function reasonOf(detail: unknown): string {
  const words = textAt(detail, "reason") ?? textAt(detail, "message") ?? "";
  return redact(words.replace(/\s+/g, " ").trim()).slice(0, 200);
}

/** Resend sends a map, its older documents show the list that mails are sent with. */
function readTags(tags: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const entries = Array.isArray(tags)
    ? tags.map((tag) => [textAt(tag, "name"), at(tag, "value")] as const)
    : isObject(tags)
      ? Object.entries(tags)
      : [];
  for (const [name, held] of entries) {
    const value: unknown = Array.isArray(held) ? held[0] : held;
    if (name !== null && (typeof value === "string" || typeof value === "number")) found.set(name, String(value));
  }
  return found;
}

function firstAddress(to: unknown): string | null {
  const first: unknown = Array.isArray(to) ? to[0] : to;
  if (typeof first !== "string" || first.length > 1_024) return null;
  return /<([^<>]*)>\s*$/.exec(first)?.[1] ?? first;
}

/** Resend writes ISO 8601 in some places and, in others, a blank for the T and a zone of hours alone. */
function time(text: string | null): number | null {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i.exec(text ?? "");
  if (parts === null) return null;
  const [, day, clock, fraction = "", zone = "Z"] = parts;
  const hours = /^([+-]\d\d):?(\d\d)?$/.exec(zone);
  const offset = hours === null ? "Z" : `${hours[1]}:${hours[2] ?? "00"}`;
  const ms = Date.parse(`${day}T${clock}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`);
  return Number.isNaN(ms) ? null : ms;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of the value's own: nothing is read from a prototype (SEC-21). */
function at(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function textAt(value: unknown, name: string): string | null {
  const held = at(value, name);
  return typeof held === "string" ? held : null;
}

function wordAt(value: unknown, name: string): string {
  return (textAt(value, name) ?? "").toLowerCase();
}
