import type { Context } from "hono";
import type { AppContext } from "../context.ts";
import { AppError, httpStatus } from "../errors.ts";
import { type Env, mediaType, wantsJson } from "./env.ts";
import { pageHeaders } from "./headers.ts";
import { page } from "./page.ts";

/** A refusal or failure in words for a reader; `code` is what programs get. */
interface Problem {
  readonly code: string;
  readonly heading: string;
  readonly text: string;
}

const problems = {
  400: {
    code: "invalid",
    heading: "We could not read that",
    text: "The form arrived damaged. Please go back and send it once more.",
  },
  401: {
    code: "unauthorized",
    heading: "Please say who you are",
    text: "This address needs an admin token.",
  },
  403: {
    code: "forbidden",
    heading: "This page is not open to you",
    text: "It can be read on the machine that Tidings runs on, or with the read token that its operator has set.",
  },
  404: {
    code: "not-found",
    heading: "There is nothing here",
    text: "The page may have moved, or the link may have lost a piece on its way. All our newsletters are still where they were.",
  },
  405: {
    code: "refused",
    heading: "That does not work here",
    text: "This address exists, but not for what your browser tried to do with it.",
  },
  409: {
    code: "conflict",
    heading: "That cannot be done now",
    text: "Something has changed in the meantime. Please go back and look again.",
  },
  413: {
    code: "too-large",
    heading: "That was too much",
    text: "The form arrived with far more in it than it asks for. Please go back and fill it in afresh.",
  },
  415: {
    code: "invalid",
    heading: "We could not read that",
    text: "Please send a form (application/x-www-form-urlencoded or multipart/form-data) or JSON.",
  },
  422: {
    code: "invalid",
    heading: "Something in the form is not right",
    text: "Please go back, look over what you have filled in, and send it once more.",
  },
  429: {
    code: "too-many",
    heading: "Too many broken links",
    text: "So many links that we do not know have been opened from your network that we pause for ten minutes. Links that work still do.",
  },
  500: {
    code: "internal",
    heading: "Something went wrong on our side",
    text: "It is nothing you did. Please try again in a moment.",
  },
  503: {
    code: "unavailable",
    heading: "Please try again in a moment",
    text: "We are busy or being looked after right now.",
  },
} as const satisfies Record<number, Problem>;

export type ProblemStatus = keyof typeof problems;

/** What may be said beyond the status. */
export interface ProblemDetails {
  /** Stands above the message on a page. */
  readonly heading?: string;
  readonly message?: string;
  readonly field?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** Answers with a friendly page, or with `{ error: { code, message, field } }` for clients that ask for JSON. */
export async function problem(
  ctx: AppContext,
  c: Context<Env>,
  status: ProblemStatus,
  details: ProblemDetails = {},
): Promise<Response> {
  const { heading, text } = problems[status];
  if (isJson(c)) return jsonProblem(ctx, c, status, details);
  const data = { status, heading: details.heading ?? heading, text: details.message ?? text };
  const { headers = {} } = details;
  return page(ctx, c, { template: "problem", data, kind: "answer", status, canonical: null, headers });
}

/** The JSON shape of a refusal, whatever the client accepts. */
export function jsonProblem(
  ctx: AppContext,
  c: Context<Env>,
  status: ProblemStatus,
  details: ProblemDetails,
): Response {
  const { code, heading, text } = problems[status];
  const message = details.message ?? `${heading}. ${text}`;
  const error = { code, message, ...(details.field === undefined ? {} : { field: details.field }) };
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
    return c.text(problems[status].heading, status, pageHeaders(ctx, "answer"));
  }
}

function isJson(c: Context<Env>): boolean {
  return wantsJson(c) || mediaType(c) === "application/json";
}
