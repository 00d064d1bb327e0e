import { readFileSync } from "node:fs";
import { AppError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { Flag, Given } from "./command.ts";

/** The text of a file that a command was given. Throws `invalid` with the reason. */
export function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (fault) {
    throw new AppError("invalid", `${path} cannot be read: ${reasonOf(fault)}.`, { field: path });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AppError("invalid", `${path} is not text in UTF-8.`, {
      field: path,
      hint: "Save it as UTF-8 and try again.",
    });
  }
}

function reasonOf(fault: unknown): string {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return code === "EACCES" ? "you may not read it" : code;
}

/** A field that a flag or a key of a JSON file sets. */
export interface Field {
  /** Name in the API. */
  readonly name: string;
  readonly value: string;
  readonly help: string;
  /**
   * `lines`: \n in a flag is a line break. `nullable`: an empty text means none. `limit`: a number or none. `limits`: NAME=NUMBER
   * or NAME=none, also several times. `list`: one entry each time; none, or an empty text, for no entry. `switch`: yes or no.
   */
  readonly kind?: "number" | "lines" | "nullable" | "nullable-lines" | "limit" | "limits" | "list" | "switch";
  /** The flag, where it is not named like the field. */
  readonly flag?: string;
}

/** Flags by the names of the fields: senderName → --sender-name. */
export function fieldFlags(fields: readonly Field[]): Record<string, Flag> {
  const flags: Record<string, Flag> = {
    file: { value: "FILE", help: "JSON file with any of the fields; flags beside it win" },
  };
  for (const field of fields) {
    const { value, help } = field;
    flags[flagOf(field)] =
      field.kind === "limits" || field.kind === "list" ? { value, help, many: true } : { value, help };
  }
  return flags;
}

/** The fields given by flags, and by the file that --file names. Throws `invalid` for a key that is none of them. */
export function readFields(given: Given, fields: readonly Field[], fromFile = fields): Record<string, unknown> {
  const file = given.text("file");
  const values = file === undefined ? {} : readKeys(file, fromFile);
  for (const field of fields) {
    const flag = flagOf(field);
    const text = given.text(flag);
    if (text === undefined) continue;
    if (field.kind === "number") values[field.name] = given.number(flag);
    else if (field.kind === "limit") values[field.name] = readLimit(flag, text);
    else if (field.kind === "limits") values[field.name] = readLimits(flag, given.list(flag));
    else if (field.kind === "switch") values[field.name] = readSwitch(flag, text);
    else if (field.kind === "list") values[field.name] = readList(given.list(flag));
    else values[field.name] = field.kind?.startsWith("nullable") && text === "" ? null : unfold(field, text);
  }
  return values;
}

function flagOf({ flag, name }: Field): string {
  return flag ?? kebab(name);
}

/** Lets the refusal of what flags said go on its way in the words of these flags: --sender-name for senderName. */
export async function namingFlags<T>(given: Given, fields: readonly Field[], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (refusal) {
    if (!(refusal instanceof AppError) || refusal.code !== "invalid") throw refusal;
    const faults = (refusal.details.faults ?? []).filter(isFieldFault);
    if (faults.length === 0 || faults.length !== refusal.details.faults?.length) throw refusal;
    const named = faults.map((fault) => inFlags(given, fields, fault));
    if (named.every(({ field }, at) => field === faults[at]?.field)) throw refusal;
    throw new AppError("invalid", `${named.map(({ told }) => told).join("; ")}.`, {
      ...refusal.details,
      field: named[0]?.field ?? "",
      faults: named.map(({ field, message }) => ({ field, message })),
    });
  }
}

interface FieldFault {
  readonly field: string;
  readonly message: string;
}

function isFieldFault(value: unknown): value is FieldFault {
  if (typeof value !== "object" || value === null || "line" in value) return false;
  return "field" in value && typeof value.field === "string" && "message" in value && typeof value.message === "string";
}

/** A fault of a field that may have come from a file keeps its name. */
function inFlags(given: Given, fields: readonly Field[], fault: FieldFault): FieldFault & { readonly told: string } {
  const of = fields.find(({ name }) => fault.field === name || fault.field.startsWith(`${name}.`));
  const text = of === undefined ? undefined : given.text(flagOf(of));
  if (of === undefined || (text === undefined && given.text("file") !== undefined)) {
    return { ...fault, told: `${fault.field}: ${fault.message}` };
  }
  // One of several is named by what was typed: its number would count from zero.
  const inner = fault.field.slice(of.name.length + 1);
  const typed = of.kind === "list" && inner !== "" ? ` "${given.list(flagOf(of))[Number(inner)] ?? inner}"` : null;
  const field = `--${flagOf(of)}${typed ?? (inner === "" ? "" : ` ${inner}`)}`;
  const orNone = of.kind?.startsWith("limit") && fault.message.startsWith("must") ? ", or none" : "";
  const isShort =
    text !== undefined &&
    text !== "" &&
    text.length <= 60 &&
    of.kind !== "limits" &&
    of.kind !== "list" &&
    fault.message.startsWith("must be");
  const message = `${fault.message}${orNone}`;
  return { field, message, told: `${field} ${message}${isShort ? `, not "${text}"` : ""}` };
}

function readLimit(named: string, text: string, flag = named): number | null {
  if (text === "none") return null;
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new AppError("invalid", `--${named} must be a whole number of at least 1, or none, not "${text}".`, {
    field: `--${flag}`,
  });
}

function readSwitch(flag: string, text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new AppError("invalid", `--${flag} must be yes or no, not "${text}".`, { field: `--${flag}` });
}

/** Null for a lone "none", which takes all away. */
function readLimits(flag: string, texts: readonly string[]): Record<string, number | null> | null {
  if (texts.length === 1 && texts[0] === "none") return null;
  const limits = texts.map((text): [string, number | null] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), readLimit(`${flag} ${text.slice(0, at)}`, text.slice(at + 1), flag)];
    throw new AppError("invalid", `--${flag} takes a name and a number, not "${text}".`, {
      field: `--${flag}`,
      hint: `It looks like --${flag} gmail.com=500; --${flag} gmail.com=none takes it away, --${flag} none all of them.`,
    });
  });
  return Object.fromEntries(limits);
}

function readList(texts: readonly string[]): readonly string[] {
  return texts.length === 1 && (texts[0] === "none" || texts[0] === "") ? [] : texts;
}

function unfold(field: Field, text: string): string {
  return field.kind?.endsWith("lines") ? text.replaceAll("\\n", "\n") : text;
}

function readKeys(path: string, fields: readonly Field[]): Record<string, unknown> {
  const value = parseJson(path, readText(path));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AppError("invalid", `${path} must hold one JSON object.`, { field: path });
  }
  const names = fields.map((field) => field.name);
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    const name = names.find((one) => one === key || snake(one) === key);
    if (name === undefined) throw unknownKey(path, key, [...names.map(snake)]);
    if (Object.hasOwn(values, name)) throw new AppError("invalid", `${path} has ${key} twice.`, { field: key });
    values[name] = entry;
  }
  return values;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    throw new AppError("invalid", `${path} is not JSON: ${why}`, { field: path });
  }
}

function unknownKey(path: string, key: string, known: readonly string[]): AppError {
  const near = nearest(key, known);
  return new AppError("invalid", `${path} has "${key}", which is no field here.`, {
    field: key,
    hint: near === null ? `Fields are: ${known.join(", ")}.` : `Did you mean ${near}?`,
  });
}

/** The name of a field as flags write it: senderName → sender-name. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function snake(name: string): string {
  return kebab(name).replaceAll("-", "_");
}
