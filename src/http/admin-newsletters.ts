import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { hastenLimited } from "../delivery/defer.ts";
import { countReaders } from "../issue/audience.ts";
import { createNewsletter, createNewsletterSchema } from "../newsletter/create.ts";
import { editNewsletter, editNewsletterSchema } from "../newsletter/edit.ts";
import { listNewsletters, requireNewsletter } from "../newsletter/find.ts";
import { missingPictures } from "../newsletter/pictures.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body, time } from "./route.ts";

const status = z.enum(["hidden", "open", "paused", "closed"]);

const newsletter = z
  .object({
    id: z.int(),
    slug: z.string(),
    name: z.string(),
    pitch: z.string(),
    about: z.string(),
    frequency: z.string(),
    language: z.string(),
    senderName: z.string(),
    senderAddress: z.string(),
    replyTo: z.string().nullable(),
    group: z.string(),
    position: z.int(),
    image: z.string().nullable(),
    imageSquare: z.string().nullable(),
    imageAlt: z.string(),
    thanks: z.string(),
    welcome: z.string().nullable(),
    listId: z.string(),
    status,
    archive: z.enum(["public", "link", "none"]),
    origins: z.array(z.string()).readonly().meta({ description: "Sites whose pages may hold its form; none: any" }),
    redirects: z
      .array(z.string())
      .readonly()
      .meta({ description: "Prefixes of addresses that its form may lead on to" }),
    hourlyLimit: z.int().nullable().meta({ description: "Mails of its issues in an hour" }),
    warmUp: z.int().nullable().meta({ description: "Mails of its issues on the first day, twice as many each day" }),
    warmUpSince: time.nullable(),
  })
  .meta({ id: "Newsletter" });

const shown = z.object({
  newsletter,
  readers: z.int().meta({ description: "Whom an issue would go to now" }),
  paused: z.int().meta({ description: "Further readers, who take a break" }),
});

const made = z.object({
  newsletter,
  missing: z.array(z.string()).meta({ description: "Its pictures that are not among the assets of this installation" }),
});

const named = z.object({ slug: z.string() });

/** What people subscribe to. */
export function newsletterRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/newsletters",
    summary: "All newsletters in the order of the hub",
    ...guard("read"),
    request: { query: z.object({ status: status.optional() }) },
    responses: { 200: answer("The newsletters", z.object({ newsletters: z.array(newsletter) })) },
  });
  const create = createRoute({
    method: "post",
    path: "/newsletters",
    summary: "Make a newsletter",
    ...guard("write"),
    request: { body: body(createNewsletterSchema) },
    responses: { 201: answer("The newsletter", made) },
  });
  const show = createRoute({
    method: "get",
    path: "/newsletters/{slug}",
    summary: "One newsletter, how many readers it has, and how many more take a break",
    ...guard("read"),
    request: { params: named },
    responses: { 200: answer("The newsletter", shown) },
  });
  const edit = createRoute({
    method: "patch",
    path: "/newsletters/{slug}",
    summary: "Change some fields of a newsletter",
    ...guard("write"),
    request: { params: named, body: body(editNewsletterSchema) },
    responses: { 200: answer("The newsletter", made) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(list, async (c) => {
      const asked = c.req.valid("query").status;
      return c.json({ newsletters: await listNewsletters(ctx, asked === undefined ? {} : { status: asked }) }, 200);
    })
    .openapi(create, async (c) => {
      const created = await createNewsletter(ctx, c.req.valid("json"));
      return c.json({ newsletter: created, missing: await missingPictures(ctx, created) }, 201);
    })
    .openapi(show, async (c) => {
      const found = await requireNewsletter(ctx, c.req.valid("param").slug);
      return c.json({ newsletter: found, ...(await countReaders(ctx, found.id)) }, 200);
    })
    .openapi(edit, async (c) => {
      const { slug } = c.req.valid("param");
      const changed = await editNewsletter(ctx, { slug, changes: c.req.valid("json") });
      await hastenLimited(ctx);
      return c.json({ newsletter: changed, missing: await missingPictures(ctx, changed) }, 200);
    });
}
