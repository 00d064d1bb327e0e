import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { holdByHand, holdSchema } from "../instance/hold-by-hand.ts";
import { recallIssue } from "../issue/recall.ts";
import { releaseMail, releaseSchema, viewHeld } from "../issue/release.ts";
import { scheduleIssue, scheduleSchema } from "../issue/schedule.ts";
import { view } from "./admin-issues.ts";
import { move } from "./admin-transfer.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { issue } from "./issue-shapes.ts";
import { answer, body, time } from "./route.ts";

const named = z.object({ newsletter: z.string(), slug: z.string() });

/** What keeps all mails of an installation back. */
export const hold = z
  .object({
    kind: z.enum(["backup", "restored", "clock", "moved", "hand"]).meta({
      description:
        "A backup or another older copy was put back, the clock went back, it moves or has moved, or a person said so",
    }),
    reason: z.string(),
    at: time,
    notices: z.int().meta({ description: "Notices up to this id are older than the hold" }),
    move: move.optional(),
  })
  .meta({ id: "Hold" });

const heldIssue = z
  .object({
    newsletter: z.string(),
    slug: z.string(),
    subject: z.string(),
    status: z.enum(["scheduled", "sending"]),
    scheduledAt: time.nullable(),
    accepted: z.int(),
    open: z.int(),
    fate: z
      .enum(["goes-on", "begins-then", "begins-now", "pauses"])
      .meta({ description: "What becomes of it once mails may leave again" }),
  })
  .meta({ id: "HeldIssue" });

const waiting = z.object({
  held: hold.nullable(),
  notices: z.object({
    old: z.int().meta({ description: "Older than the hold: they may have left before it" }),
    fresh: z.int(),
  }),
  issues: z.array(heldIssue),
});

/** Issues that begin by themselves. */
export function scheduleRoutes(ctx: AppContext, guard: Guard) {
  const schedule = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/schedule",
    summary: "Freeze a draft to be sent at a time, to those who are readers then; or move a schedule",
    ...guard("send"),
    request: { params: named, body: body(scheduleSchema.pick({ at: true })) },
    responses: { 202: answer("It is scheduled", z.object({ issue, moved: z.boolean() })) },
  });
  const recall = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/recall",
    summary: "Take an issue back to a draft, before its readers are written down",
    ...guard("write"),
    request: { params: named },
    responses: { 200: answer("It is a draft", z.object({ issue, recalled: z.boolean() })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(schedule, async (c) => {
      const done = await scheduleIssue(ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
      return c.json({ ...done, issue: view(done.issue) }, 202);
    })
    .openapi(recall, async (c) => {
      const done = await recallIssue(ctx, c.req.valid("param"));
      return c.json({ ...done, issue: view(done.issue) }, 200);
    });
}

/** Mails that are held until a person has looked. */
export function releaseRoutes(ctx: AppContext, guard: Guard) {
  const held = createRoute({
    method: "get",
    path: "/instance/held",
    summary: "Whether mails are held, why, and what waits behind that",
    ...guard("read"),
    responses: { 200: answer("What waits", waiting) },
  });
  const setHold = createRoute({
    method: "post",
    path: "/instance/hold",
    summary: "Let no mail leave until they are released; or say that an older state of the database was put back",
    ...guard("send"),
    request: { body: body(holdSchema) },
    responses: {
      200: answer(
        "They are held",
        z.object({ held: hold, set: z.boolean().meta({ description: "False where another hold stays" }) }),
      ),
    },
  });
  const release = createRoute({
    method: "post",
    path: "/instance/release",
    summary: "Let mails leave again, and give up older notices or not",
    ...guard("send"),
    request: { body: body(releaseSchema) },
    responses: {
      200: answer(
        "They may leave",
        z.object({
          released: z.boolean().meta({ description: "False where they were not held" }),
          dropped: z.int().meta({ description: "Notices given up" }),
          paused: z.array(z.string()).meta({ description: "Issues that want a word of their own" }),
        }),
      ),
    },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(held, async (c) => {
      const found = await viewHeld(ctx);
      return c.json({ ...found, issues: [...found.issues] }, 200);
    })
    .openapi(setHold, async (c) => c.json(await holdByHand(ctx, c.req.valid("json")), 200))
    .openapi(release, async (c) => c.json(await releaseMail(ctx, c.req.valid("json")), 200));
}
