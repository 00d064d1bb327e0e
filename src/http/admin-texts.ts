import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { listOwnTexts, readText, resetText, setText, setTextSchema } from "../newsletter/texts.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body } from "./route.ts";

const form = z
  .union([z.string(), z.record(z.string(), z.string())])
  .meta({ description: "One text, or one for each plural form" });

const text = z.object({ key: z.string(), language: z.string(), text: form, original: form }).meta({ id: "Text" });

const read = z.object({ text: text.extend({ own: z.boolean() }) });
const newsletter = z.object({ slug: z.string() });
const one = newsletter.extend({ key: z.string() });
const language = z.object({ language: z.string().optional() });

/** A newsletter's own words on pages and in mails. */
export function textRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/newsletters/{slug}/texts",
    summary: "A newsletter's own texts, and what they stand in place of",
    ...guard("read"),
    request: { params: newsletter },
    responses: { 200: answer("The texts", z.object({ texts: z.array(text) })) },
  });
  const show = createRoute({
    method: "get",
    path: "/newsletters/{slug}/texts/{key}",
    summary: "What is said at one place",
    ...guard("read"),
    request: { params: one, query: language },
    responses: { 200: answer("The text, and whether it is the newsletter's own", read) },
  });
  const set = createRoute({
    method: "put",
    path: "/newsletters/{slug}/texts",
    summary: "Give a newsletter a text of its own",
    ...guard("write"),
    request: { params: newsletter, body: body(setTextSchema) },
    responses: { 200: answer("The text", z.object({ text })) },
  });
  const reset = createRoute({
    method: "delete",
    path: "/newsletters/{slug}/texts/{key}",
    summary: "Take a newsletter's own text away",
    ...guard("write"),
    request: { params: one, query: language },
    responses: { 200: answer("What is said there from now on; `own` tells whether there was an own text", read) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(list, async (c) => c.json({ texts: await listOwnTexts(ctx, c.req.valid("param").slug) }, 200))
    .openapi(show, async (c) => {
      return c.json({ text: await readText(ctx, { ...c.req.valid("param"), ...c.req.valid("query") }) }, 200);
    })
    .openapi(set, async (c) => {
      return c.json({ text: await setText(ctx, c.req.valid("param").slug, c.req.valid("json")) }, 200);
    })
    .openapi(reset, async (c) => {
      return c.json({ text: await resetText(ctx, { ...c.req.valid("param"), ...c.req.valid("query") }) }, 200);
    });
}
