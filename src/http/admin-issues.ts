import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { noticeStatus, openWork } from "../delivery/find.ts";
import { correctIssue, correctSchema } from "../issue/correct.ts";
import { type IssueSummary, issueStatus, listIssues, requireIssue } from "../issue/find.ts";
import { lintIssue } from "../issue/lint.ts";
import { outlookSchema, viewOutlook } from "../issue/outlook.ts";
import { saveDraft, sourceSchema } from "../issue/save.ts";
import { sendIssue, sendSchema } from "../issue/send.ts";
import { testIssue, testSchema } from "../issue/test.ts";
import { requireNewsletter } from "../newsletter/find.ts";
import { type AdminEnv, type Guard, longestRequest, refuseMisfit } from "./guard.ts";
import { fault, issue, notice, outlook, reason, reports, sums, work } from "./issue-shapes.ts";
import { answer, body, id, limit, nextPage } from "./route.ts";

const status = z.object({
  issue,
  sums,
  reasons: z.array(reason),
  reports,
  held: z.string().nullable().meta({ description: "Why no mail of this installation may leave at all" }),
  work,
});

const correction = z.object({
  issue,
  corrected: z.boolean().meta({ description: "False where the web copy and its note read like that already" }),
  note: z.string(),
  replaced: z.string().meta({ description: "The note that stood there before" }),
  url: z.string(),
  faults: z.array(fault),
});

const named = z.object({ newsletter: z.string(), slug: z.string() });

/** Issue files on their way: checked, tried out, kept. */
export function draftRoutes(ctx: AppContext, guard: Guard) {
  const lint = createRoute({
    method: "post",
    path: "/issues/lint",
    summary: "All faults of an issue file; writes nothing",
    ...guard("read", longestRequest.issue),
    request: { body: body(sourceSchema) },
    responses: { 200: answer("The faults", z.object({ ok: z.boolean(), faults: z.array(fault) })) },
  });
  const audience = createRoute({
    method: "post",
    path: "/issues/audience",
    summary: "What sending an issue file would do, and to how many; writes nothing",
    ...guard("read", longestRequest.issue),
    request: { body: body(outlookSchema) },
    responses: { 200: answer("The outlook", outlook) },
  });
  const test = createRoute({
    method: "post",
    path: "/issues/test",
    summary: "Mail an issue file to one address, marked as a test, and keep it as a draft",
    ...guard("send", longestRequest.issue),
    request: { body: body(testSchema) },
    responses: {
      202: answer(
        "The mail is owed; its notice tells when it has left",
        z.object({ notice: z.int(), to: z.string(), faults: z.array(fault) }),
      ),
    },
  });
  const save = createRoute({
    method: "put",
    path: "/issues",
    summary: "Keep an issue file as the draft that its front matter names",
    ...guard("write", longestRequest.issue),
    request: { body: body(sourceSchema) },
    responses: { 200: answer("The issue, with warnings", z.object({ issue, faults: z.array(fault) })) },
  });
  const correct = createRoute({
    method: "post",
    path: "/issues/correct",
    summary: "Put an issue file in the place of the web copy of the issue that it names; what was mailed stays",
    ...guard("write", longestRequest.issue),
    request: { body: body(correctSchema) },
    responses: { 200: answer("The web copy reads like the file now", correction) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(correct, async (c) => {
      const done = await correctIssue(ctx, c.req.valid("json"));
      return c.json({ ...done, issue: view(done.issue) }, 200);
    })
    .openapi(lint, async (c) => c.json(await lintIssue(ctx, c.req.valid("json")), 200))
    .openapi(audience, async (c) => c.json(await viewOutlook(ctx, c.req.valid("json")), 200))
    .openapi(test, async (c) => c.json(await testIssue(ctx, c.req.valid("json")), 202))
    .openapi(save, async (c) => {
      const saved = await saveDraft(ctx, c.req.valid("json"));
      return c.json({ issue: view(saved.issue), faults: saved.faults }, 200);
    });
}

/** Issues that are kept: listed, sent, followed. */
export function issueRoutes(ctx: AppContext, guard: Guard) {
  const list = createRoute({
    method: "get",
    path: "/issues",
    summary: "Issues, newest first",
    ...guard("read"),
    request: { query: z.object({ newsletter: z.string().optional(), before: id.optional(), limit }) },
    responses: { 200: answer("A page of them", z.object({ issues: z.array(issue), next: z.int().nullable() })) },
  });
  const show = createRoute({
    method: "get",
    path: "/issues/{newsletter}/{slug}",
    summary: "How an issue stands: sums that add up, and why anything did not leave",
    ...guard("read"),
    request: { params: named },
    responses: { 200: answer("The status", status) },
  });
  const audience = createRoute({
    method: "get",
    path: "/issues/{newsletter}/{slug}/audience",
    summary: "What sending a draft would do, and to how many",
    ...guard("read"),
    request: { params: named, query: z.object({ asOf: id.optional() }) },
    responses: { 200: answer("The outlook", outlook) },
  });
  const send = createRoute({
    method: "post",
    path: "/issues/{newsletter}/{slug}/send",
    summary: "Send a draft to those who were readers as of an instant, if they are as many as expected",
    ...guard("send"),
    request: { params: named, body: body(sendSchema.pick({ expect: true, asOf: true, hold: true })) },
    responses: {
      202: answer("It is on its way, or scheduled where it is held", z.object({ issue, resumed: z.boolean() })),
    },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(list, async (c) => {
      const { newsletter, before, limit: most } = c.req.valid("query");
      if (newsletter !== undefined) await requireNewsletter(ctx, newsletter);
      const issues = await listIssues(ctx, { newsletter, before, limit: most });
      return c.json({ issues: issues.map(view), next: nextPage(issues, most) }, 200);
    })
    .openapi(show, async (c) => {
      const found = await issueStatus(ctx, c.req.valid("param"));
      const waits = await openWork(ctx, found.issue.id);
      return c.json({ ...found, issue: view(found.issue), work: waits }, 200);
    })
    .openapi(audience, async (c) => {
      const { source } = await requireIssue(ctx, c.req.valid("param"));
      const { asOf } = c.req.valid("query");
      return c.json(await viewOutlook(ctx, { source, ...(asOf === undefined ? {} : { asOf }) }), 200);
    })
    .openapi(send, async (c) => {
      const sent = await sendIssue(ctx, { ...c.req.valid("param"), ...c.req.valid("json") });
      return c.json({ issue: view(sent.issue), resumed: sent.resumed }, 202);
    });
}

/** Mails owed to one person. */
export function noticeRoutes(ctx: AppContext, guard: Guard) {
  const show = createRoute({
    method: "get",
    path: "/notices/{id}",
    summary: "Whether a notice, such as a test mail, has left",
    ...guard("read"),
    request: { params: z.object({ id }) },
    responses: { 200: answer("The notice", z.object({ notice })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit }).openapi(show, async (c) =>
    c.json({ notice: await noticeStatus(ctx, c.req.valid("param").id) }, 200),
  );
}

/** Without the source, which may have a megabyte. */
export function view({ source: _, ...rest }: IssueSummary): Omit<IssueSummary, "source"> {
  return rest;
}
