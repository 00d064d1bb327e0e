import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { hastenLimited } from "../delivery/defer.ts";
import { editInstance, editInstanceSchema } from "../instance/edit.ts";
import { type Instance, missingForMail, readInstance } from "../instance/find.ts";
import { hold } from "./admin-schedule.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body, time } from "./route.ts";

const instance = z
  .object({
    uid: z.string(),
    createdAt: time,
    site: z.string(),
    operator: z.string(),
    postalAddress: z.string(),
    privacyUrl: z.string(),
    contact: z.string(),
    senderName: z.string(),
    senderAddress: z.string(),
    confirmHours: z.int(),
    keepNoticesDays: z.int(),
    keepOutboxDays: z.int(),
    keepLedgerDays: z
      .int()
      .nullable()
      .meta({ description: "For how long after its end it is known who got an issue; null: for ever" }),
    timeZone: z.string(),
    language: z.string(),
    hourlyLimit: z.int().nullable().meta({ description: "Mails of issues in an hour, of all newsletters together" }),
    warmUp: z.int().nullable().meta({ description: "Mails of issues on the first day, twice as many each day" }),
    warmUpSince: time.nullable(),
    domainLimits: z
      .record(z.string(), z.int())
      .meta({ description: "Mails of issues in an hour, by domain of the readers" }),
    signupLimits: z
      .object({ network: z.int(), domain: z.int(), newsletter: z.int(), total: z.int() })
      .meta({ description: "Sign-ups in an hour, by what they have in common" }),
    challenge: z.enum(["auto", "always", "never"]).meta({ description: "When a proof of work is asked for" }),
    roleAddresses: z.enum(["refuse", "allow"]).meta({ description: "abuse@, postmaster@ and the like" }),
    disposable: z.enum(["allow", "flag", "refuse"]).meta({ description: "Addresses that are made for a day" }),
    checkMx: z.boolean().meta({ description: "Whether a domain is asked for its mail servers" }),
    turnstileSite: z.string().nullable().meta({ description: "Site key of Cloudflare's widget; null: none" }),
    remindHours: z
      .int()
      .nullable()
      .meta({ description: "Hours until an unconfirmed sign-up is reminded, once; null: never" }),
    keepUnconfirmedDays: z.int().meta({ description: "Days after its last link expired until it is forgotten" }),
    held: hold.nullable().meta({ description: "What keeps all mails back until it is released" }),
  })
  .meta({ id: "Instance" });

const whole = z.object({
  instance,
  missing: z.array(z.string()).meta({ description: "What must be set before anything can be sent" }),
  provider: z.enum(["outbox", "resend", "smtp"]),
  publicUrl: z.string(),
});

/** The one record about this installation. */
export function instanceRoutes(ctx: AppContext, guard: Guard) {
  const show = createRoute({
    method: "get",
    path: "/instance",
    summary: "This installation, and what it still lacks",
    ...guard("read"),
    responses: { 200: answer("The instance", whole) },
  });
  const edit = createRoute({
    method: "patch",
    path: "/instance",
    summary: "Change operator, addresses and policies; an empty text clears a field",
    ...guard("write"),
    request: { body: body(editInstanceSchema) },
    responses: { 200: answer("The instance", whole) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(show, async (c) => c.json(view(ctx, await readInstance(ctx)), 200))
    .openapi(edit, async (c) => {
      const changed = await editInstance(ctx, c.req.valid("json"));
      await hastenLimited(ctx);
      return c.json(view(ctx, changed), 200);
    });
}

function view(ctx: AppContext, found: Instance) {
  const { config } = ctx;
  return {
    instance: found,
    missing: missingForMail(found),
    provider: config.provider,
    publicUrl: config.publicUrl,
  };
}
