import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { cancelIssue } from "../issue/cancel.ts";
import { pauseByHand } from "../issue/pause.ts";
import { resolveDoubt, resolveSchema, viewDoubt } from "../issue/resolve.ts";
import { resumeIssue } from "../issue/resume.ts";
import { retryFailed } from "../issue/retry.ts";
import { readerSchema, verifyIssue, viewReader } from "../issue/verify.ts";
import { view } from "./admin-issues.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { doubtful, issue, readerMail, recount } from "./issue-shapes.ts";
import { answer, body, id, limit, time } from "./route.ts";

const named = z.object({ newsletter: z.string(), slug: z.string() });
const held = z.int().meta({ description: "Batches in a process's hands, which finish by themselves" });

/** A send that is under way: stopped, sent on, ended, and what went wrong with it tried again. */
export function steeringRoutes(ctx: AppContext, guard: Guard) {
  const pause = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/pause",
    summary: "Stop an issue that is being sent until it is resumed",
    ...guard("write"),
    request: { params: named },
    responses: { 200: answer("It is paused", z.object({ issue, paused: z.boolean(), held })) },
  });
  const resume = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/resume",
    summary: "Send on an issue that was paused",
    ...guard("send"),
    request: { params: named },
    responses: { 202: answer("It is being sent", z.object({ issue, resumed: z.boolean() })) },
  });
  const cancel = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/cancel",
    summary: "End an issue for good: what has not left is skipped",
    ...guard("write"),
    request: { params: named },
    responses: { 200: answer("It is cancelled", z.object({ issue, cancelled: z.boolean(), held })) },
  });
  const retry = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/retry",
    summary: "Send the mails of an issue again that have failed",
    ...guard("send"),
    request: { params: named },
    responses: { 202: answer("So many are owed again", z.object({ issue, retried: z.int() })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(pause, async (c) => {
      const done = await pauseByHand(ctx, c.req.valid("param"));
      return c.json({ ...done, issue: view(done.issue) }, 200);
    })
    .openapi(resume, async (c) => {
      const done = await resumeIssue(ctx, c.req.valid("param"));
      return c.json({ ...done, issue: view(done.issue) }, 202);
    })
    .openapi(cancel, async (c) => {
      const done = await cancelIssue(ctx, c.req.valid("param"));
      return c.json({ ...done, issue: view(done.issue) }, 200);
    })
    .openapi(retry, async (c) => {
      const done = await retryFailed(ctx, c.req.valid("param"));
      return c.json({ ...done, issue: view(done.issue) }, 202);
    });
}

/** Mails in doubt: told, and decided about. */
export function doubtRoutes(ctx: AppContext, guard: Guard) {
  const doubt = createRoute({
    method: "get",
    path: "/issues/{newsletter}/{slug}/doubt",
    summary: "What of an issue is in doubt, why, and whom it concerns",
    ...guard("read"),
    request: { params: named, query: z.object({ after: id.default(0), limit }) },
    responses: {
      200: answer(
        "The mails in doubt",
        z.object({
          issue,
          inDoubt: z.int(),
          reasons: z.array(z.object({ reason: z.string(), n: z.int() })),
          readers: z.array(doubtful),
          next: z.int().nullable(),
        }),
      ),
    },
  });
  const resolve = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/resolve",
    summary: "Decide on all mails in doubt: they count as sent, or are sent once more",
    ...guard("send"),
    request: { params: named, body: body(resolveSchema.pick({ as: true, expect: true, by: true })) },
    responses: { 202: answer("It is decided", z.object({ issue, resolved: z.int() })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(doubt, async (c) => {
      const page = c.req.valid("query");
      const found = await viewDoubt(ctx, c.req.valid("param"), page);
      const next = found.readers.length < page.limit ? null : (found.readers.at(-1)?.subscriber ?? null);
      return c.json({ ...found, issue: view(found.issue), next }, 200);
    })
    .openapi(resolve, async (c) => {
      const done = await resolveDoubt(ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
      return c.json({ ...done, issue: view(done.issue) }, 202);
    });
}

/** The ledger looked at mail by mail. */
export function proofRoutes(ctx: AppContext, guard: Guard) {
  const verify = createRoute({
    method: "get",
    path: "/issues/{newsletter}/{slug}/verify",
    summary: "Recount an issue row by row against its sums",
    ...guard("read"),
    request: { params: named },
    responses: { 200: answer("Both counts", recount) },
  });
  const reader = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/reader",
    summary: "What became of one reader's mail; changes nothing",
    ...guard("read"),
    request: { params: named, body: body(readerSchema.pick({ address: true })) },
    responses: {
      200: answer(
        "The mail; null where none was owed, or the issue is retired",
        z.object({ address: z.string(), delivery: readerMail.nullable(), retiredAt: time.nullable() }),
      ),
    },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(verify, async (c) => c.json(await verifyIssue(ctx, c.req.valid("param")), 200))
    .openapi(reader, async (c) =>
      c.json(await viewReader(ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200),
    );
}
