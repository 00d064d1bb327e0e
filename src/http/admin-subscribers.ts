import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { requireNewsletter } from "../newsletter/find.ts";
import { listSubscribers, showSubscriber } from "../subscriber/find.ts";
import { erase, eraseSchema } from "../subscription/erase.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body, id, limit, nextPage, time } from "./route.ts";

const source = z
  .record(z.string(), z.string())
  .readonly()
  .meta({ description: "What the form told of itself: form, position, page, referrer, campaign" });

const subscription = z.object({
  newsletter: z.string(),
  status: z.string(),
  since: time,
  pausedUntil: time.nullable().meta({ description: "The reader takes a break until then; null: does not" }),
  source,
});

const subscriber = z
  .object({
    id: z.int(),
    email: z.string(),
    name: z.string(),
    language: z
      .string()
      .nullable()
      .meta({ description: "What the reader has chosen for pages and notices; null: that of each newsletter" }),
    createdAt: time,
    provenAt: time.nullable(),
    subscriptions: z.array(subscription),
  })
  .meta({ id: "Subscriber" });

const consent = z
  .object({
    newsletter: z.string(),
    generation: z.int(),
    event: z.string(),
    at: time,
    method: z.string(),
    notice: z.int(),
    wording: z.string().nullable(),
    form: z.string().nullable(),
    page: z.string().nullable(),
  })
  .meta({ id: "ConsentEvent" });

const suppression = z.object({ newsletter: z.string().nullable(), reason: z.string(), at: time });

const wholeSubscriber = subscriber
  .extend({ consents: z.array(consent), suppressions: z.array(suppression) })
  .meta({ id: "SubscriberWithConsents" });

const listQuery = z.object({
  newsletter: z.string().optional(),
  status: z.enum(["pending", "active", "unsubscribed"]).optional(),
  after: id.default(0),
  limit,
});

/** People. Addresses travel in bodies alone, since addresses of requests end up in logs (I10). */
export function subscriberRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/subscribers",
    summary: "Subscribers by rising id",
    ...guard("read"),
    request: { query: listQuery },
    responses: {
      200: answer("A page of them", z.object({ subscribers: z.array(subscriber), next: z.int().nullable() })),
    },
  });
  const find = createRoute({
    method: "post",
    path: "/subscribers/find",
    summary: "One subscriber by address, with the proof of consent",
    ...guard("read"),
    request: { body: body(z.strictObject({ address: z.string().max(320) })) },
    responses: { 200: answer("The subscriber", z.object({ subscriber: wholeSubscriber })) },
  });
  const forget = createRoute({
    method: "post",
    path: "/subscribers/erase",
    summary: "Erase a person; only a keyed hash of the address stays",
    ...guard("write"),
    request: { body: body(eraseSchema) },
    responses: { 200: answer("It is done", z.object({ erased: z.literal(true) })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(list, async (c) => {
      const { newsletter, status, after, limit: most } = c.req.valid("query");
      const subscribers = await listSubscribers(ctx, {
        ...(newsletter === undefined ? {} : { newsletter: (await requireNewsletter(ctx, newsletter)).id }),
        ...(status === undefined ? {} : { status }),
        after,
        limit: most,
      });
      return c.json({ subscribers, next: nextPage(subscribers, most) }, 200);
    })
    .openapi(find, async (c) => c.json({ subscriber: await showSubscriber(ctx, c.req.valid("json").address) }, 200))
    .openapi(forget, async (c) => c.json(await erase(ctx, c.req.valid("json")), 200));
}
