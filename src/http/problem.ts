import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { AppError, httpStatus } from "../errors.ts";
import { readInstance } from "../instance/find.ts";
import { sourceLanguage, textsFor } from "../mail/texts.ts";
import { type Env, mediaType, wantsJson } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { page } from "./page.ts";

/** What programs are told; the words for readers are the texts problem.400.heading and so on. */
const problems = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  405: "refused",
  409: "conflict",
  413: "too-large",
  415: "invalid",
  422: "invalid",
  429: "too-many",
  500: "internal",
  503: "unavailable",
} as const;

export type ProblemStatus = keyof typeof problems;

/** What may be said beyond the status. */
export interface ProblemDetails {
  /** Stands above the message on a page. */
  readonly heading?: string;
  readonly message?: string;
  readonly field?: string | undefined;
  /** Slugs of what is at fault, for programs. */
  readonly newsletters?: readonly string[];
  readonly headers?: Record<string, string>;
  /** Language tag of heading and message, and so of the page; the instance's unless given. */
  readonly language?: string;
}

/** Answers with a friendly page, or with `{ error: { code, message, field } }` for clients that ask for JSON. */
export async function problem(
  ctx: AppContext,
  c: Context<Env>,
  status: ProblemStatus,
  details: ProblemDetails = {},
): Promise<Response> {
  if (isJson(c)) return jsonProblem(ctx, c, status, details);
  const language = details.language ?? (await readInstance(ctx)).language;
  const say = textsFor(ctx.templates, language);
  const heading = details.heading ?? say(`problem.${status}.heading`);
  const data = { status, heading, text: details.message ?? say(`problem.${status}.text`) };
  const { headers = {} } = details;
  return page(ctx, c, { template: "problem", data, kind: "answer", status, canonical: null, headers, language });
}

/** The JSON shape of a refusal, whatever the client accepts; in English unless its message says otherwise. */
export function jsonProblem(
  ctx: AppContext,
  c: Context<Env>,
  status: ProblemStatus,
  details: ProblemDetails,
): Response {
  const code = problems[status];
  const say = textsFor(ctx.templates, details.language ?? sourceLanguage);
  const message = details.message ?? `${say(`problem.${status}.heading`)}. ${say(`problem.${status}.text`)}`;
  const { field, newsletters } = details;
  const error = {
    ...{ code, message },
    ...(field === undefined ? {} : { field }),
    ...(newsletters === undefined ? {} : { newsletters }),
  };
  return c.json({ error }, status, { ...pageHeaders(ctx, "answer"), ...details.headers });
}

/** For `app.notFound`. */
export function notFound(ctx: AppContext): (c: Context<Env>) => Promise<Response> {
  return (c) => problem(ctx, c, 404);
}

/** For the method-not-allowed middleware: 405 with the methods that are. */
export function wrongMethod(ctx: AppContext): (c: Context<Env>, allowed: string[]) => Promise<Response> {
  return (c, allowed) => problem(ctx, c, 405, { headers: { Allow: allowed.join(", ") } });
}

/** For `app.onError`: a refused request in its own words, anything else as 500 without detail (SEC-24). Logs the latter. */
export async function failure(ctx: AppContext, c: Context<Env>, error: Error): Promise<Response> {
  const status = error instanceof AppError ? httpStatus(error.code) : 500;
  if (status >= 500) {
    ctx.log.error("request.failed", { method: c.req.method, path: c.req.path, error: error.stack ?? error.message });
  }
  const details =
    error instanceof AppError && status < 500 ? { message: error.message, field: error.details.field } : {};
  try {
    return await problem(ctx, c, status, details);
  } catch (second) {
    ctx.log.error("problem-page.failed", { error: second instanceof Error ? second.message : String(second) });
    // Templates and texts may be what is broken.
    return c.text(
      status >= 500 ? "Something went wrong on our side" : "That does not work here",
      status,
      pageHeaders(ctx, "answer"),
    );
  }
}

/** True where a refusal is to be told in JSON: to whoever asks for it, or has sent it. */
export function isJson(c: Context<Env>): boolean {
  return wantsJson(c) || mediaType(c) === "application/json";
}
