import * as z from "zod";

/** A moment as the API writes it. */
export const time = z.int().meta({ description: "Milliseconds since 1970, UTC" });

/** The answer of a route, for `createRoute`. */
export function answer<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { "application/json": { schema } } };
}

/** The JSON body that a route must be sent. */
export function body<S extends z.ZodType>(schema: S) {
  return { content: { "application/json": { schema } }, required: true as const };
}

/** How many entries a page of a list has. */
export const limit = z.coerce.number<string>().int().min(1).max(500).default(50);

/** An id in a query or path. */
export const id = z.coerce.number<string>().int().min(0);

/** The id that leads to the next page, or null at the end. */
export function nextPage(page: readonly { readonly id: number }[], most: number): number | null {
  return page.length < most ? null : (page.at(-1)?.id ?? null);
}
