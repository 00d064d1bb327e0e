import type { Context } from "hono";
import { type Env, mediaType } from "./env.ts";

/** Most bytes that a public route reads (SEC-15). */
export const longestBody = 16 * 1024;

/** Text fields of a form or of a JSON object; anything that is not text reads as missing. */
export interface Fields {
  one(name: string): string;
  all(name: string): string[];
}

export type Body =
  | { kind: "form" | "json"; fields: Fields }
  /** Too many bytes, damaged, or of a type we do not take. */
  | { kind: "too-large" | "unreadable" | "unsupported" };

/** Reads a form or a JSON object of at most `longestBody` bytes, chunked ones too. Never throws for what was sent. */
export async function readBody(c: Context<Env>): Promise<Body> {
  const type = mediaType(c);
  const isForm = type === "application/x-www-form-urlencoded" || type === "multipart/form-data";
  if (!isForm && type !== "application/json") return { kind: "unsupported" };
  const bytes = await readCapped(c.req.raw, longestBody);
  if (typeof bytes === "string") return { kind: bytes };
  const fields = isForm ? await parseForm(bytes, c.req.header("content-type") ?? "") : parseJson(bytes);
  return fields === null ? { kind: "unreadable" } : { kind: isForm ? "form" : "json", fields };
}

/** A form's fields, or none at all where the body is missing, odd, damaged or too large: for routes that must not refuse. */
export async function readLeniently(c: Context<Env>): Promise<Fields> {
  const body = await readBody(c);
  return "fields" in body ? body.fields : fieldsOf(new Map());
}

/**
 * The bytes of a request, none where it has no body. `too-large` as soon as there are more than `most`, told or counted;
 * `unreadable` where the sender hung up.
 */
export async function readCapped(
  request: Request,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | "too-large" | "unreadable"> {
  const told = request.headers.get("content-length");
  if (Number(told ?? 0) > most) return "too-large";
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The platform reads no more than was told (RFC 9112 §6.3), and whole for a fraction of what a stream costs.
    if (told !== null && !request.headers.has("transfer-encoding")) {
      const bytes = new Uint8Array(await request.arrayBuffer());
      return bytes.length > most ? "too-large" : bytes;
    }
    const reader = request.body?.getReader();
    for (let step = await reader?.read(); step?.done === false; step = await reader?.read()) {
      size += step.value.length;
      if (size > most) {
        await reader?.cancel();
        return "too-large";
      }
      chunks.push(step.value);
    }
  } catch {
    // A body's stream fails where its sender goes away, which anybody may do as often as they like.
    return "unreadable";
  }
  return join(chunks, size);
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function parseForm(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Fields | null> {
  if (!/^\s*multipart\//i.test(type)) {
    // Any bytes are such a form; the platform's parser for it costs five times as much.
    const pairs = new URLSearchParams(new TextDecoder().decode(bytes));
    return fieldsOf(
      Map.groupBy(pairs, ([name]) => name),
      ([, value]) => value,
    );
  }
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    return fieldsOf(
      Map.groupBy(form, ([name]) => name),
      ([, value]) => value,
    );
  } catch {
    // The platform's parser throws for a broken multipart body, and only for that.
    return null;
  }
}

function parseJson(bytes: Uint8Array): Fields | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    const entries = Object.entries(value).map(([name, held]) => [name, Array.isArray(held) ? held : [held]] as const);
    return fieldsOf(new Map(entries));
  } catch {
    // Not UTF-8 or not JSON: the answer is the same.
    return null;
  }
}

function fieldsOf<T>(
  entries: ReadonlyMap<string, readonly T[]>,
  read: (entry: T) => unknown = (entry) => entry,
): Fields {
  function all(name: string): string[] {
    return (entries.get(name) ?? []).map(read).filter((value) => typeof value === "string");
  }
  return { all, one: (name) => all(name)[0] ?? "" };
}
