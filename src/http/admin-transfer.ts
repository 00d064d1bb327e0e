import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { type Scope, scopes } from "../instance/tokens.ts";
import { beginMove, beginSchema } from "../transfer/begin.ts";
import { abandonMove, closeSource, endSchema, finishMove, finishSchema, readSequences } from "../transfer/end.ts";
import type { KeyPrint } from "../transfer/fit.ts";
import { digestRange, readPage } from "../transfer/read.ts";
import { freightNames } from "../transfer/tables.ts";
import { countFreight, viewEnd } from "../transfer/view.ts";
import { writeRange } from "../transfer/write.ts";
import { type AdminEnv, type Guard, refuseMisfit } from "./guard.ts";
import { answer, body, time } from "./route.ts";

const value = z.union([z.string(), z.number(), z.null()]);
const place = z
  .array(z.union([z.string(), z.number()]))
  .min(1)
  .max(3)
  .nullable();

/** What an installation has to do with a move. */
export const move = z
  .object({
    id: z.string(),
    role: z.enum(["source", "target"]),
    phase: z.enum(["copying", "closed", "done", "abandoned"]),
    peer: z.string(),
    uid: z.string(),
  })
  .meta({ id: "Move" });
const moving = z.object({ move });
const keyPrint = z.tuple([z.int(), z.string()]).meta({ description: "Id of a key, and its fingerprint" });

const end = z.object({
  uid: z.string(),
  schema: z.array(z.string()).meta({ description: "Migrations that the database has seen" }),
  knownKeys: z.array(keyPrint).meta({ description: "Keys that links were made with" }),
  ring: z.array(keyPrint).meta({ description: "Keys of the ring" }),
  now: time,
  move: move.nullable(),
  heldFor: z.string().nullable().meta({ description: "Why mails are held for another reason than a move" }),
  isEmpty: z.boolean().meta({ description: "Nobody has signed up, written or sent anything here" }),
  inFlight: z.int().meta({ description: "Batches that a worker holds" }),
  unanswered: z.int().meta({ description: "Batches whose call had no answer and is to be repeated" }),
  tokens: z.array(z.string()).meta({ description: "SHA-256 of the admin tokens" }),
  sequences: z
    .array(z.object({ table: z.string(), last: z.int() }))
    .meta({ description: "The highest ids ever given out" }),
  tables: z
    .array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.int() }))
    .nullable()
    .meta({ description: "What there is to move; null unless asked for, since counting reads every row" }),
});

const named = z.object({ table: z.enum(freightNames) });

/** A place in a table as a query holds it: the key's values as a JSON list; its end without. */
const placeText = z
  .string()
  .max(2_000)
  .transform((text, context) => {
    const parsed = place.safeParse(readJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("must be the values of a key, as a JSON list");
    return z.NEVER;
  })
  .optional();

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: no place is made of it.
    return undefined;
  }
}

/** Most bytes of a page: half a million characters, and a row that is larger by itself. */
const longestPage = 8 * 1024 * 1024;

/** What reads and writes everything wants every scope. */
function whole(
  guard: Guard,
  most?: number,
): { security: { bearer: Scope[] }[]; middleware: MiddlewareHandler<AdminEnv> } {
  const [first, ...others] = scopes;
  const { middleware } = guard(first, most);
  return {
    security: [{ bearer: [...scopes] }],
    middleware: (c, next) =>
      middleware(c, async () => {
        const lacking = others.find((scope) => !c.get("scopes").includes(scope));
        if (lacking !== undefined) throw new AppError("forbidden", `The admin token lacks the scope "${lacking}".`);
        await next();
      }),
  };
}

/** The rows of an installation, for moving it to another place: page by page, by whoever holds every scope. */
export function transferRoutes(ctx: AppContext, guard: Guard) {
  const show = createRoute({
    method: "get",
    path: "/transfer",
    summary: "What this end of a move is, and what must fit the other",
    ...whole(guard),
    request: { query: z.object({ counts: z.enum(["yes"]).optional() }) },
    responses: { 200: answer("This end", end) },
  });
  const begin = createRoute({
    method: "post",
    path: "/transfer/begin",
    summary: "Become one end of a move: nothing is mailed from here any more",
    ...whole(guard),
    request: { body: body(beginSchema) },
    responses: { 200: answer("It is one", moving) },
  });
  const close = createRoute({
    method: "post",
    path: "/transfer/close",
    summary: "Take no more writes at the source",
    ...whole(guard),
    request: { body: body(endSchema) },
    responses: { 200: answer("It is closed", moving) },
  });
  const finish = createRoute({
    method: "post",
    path: "/transfer/finish",
    summary: "End a move here: the target answers readers, the source never again",
    ...whole(guard),
    request: { body: body(finishSchema) },
    responses: { 200: answer("It is done", moving) },
  });
  const abandon = createRoute({
    method: "post",
    path: "/transfer/abandon",
    summary: "Give a move up here",
    ...whole(guard),
    request: { body: body(endSchema) },
    responses: { 200: answer("It is given up", z.object({ abandoned: z.boolean() })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(show, async (c) => {
      const [seen, sequences] = [await viewEnd(ctx), await readSequences(ctx)];
      const tables = c.req.valid("query").counts === undefined ? null : await countFreight(ctx);
      const prints = { knownKeys: seen.knownKeys.map(copied), ring: seen.ring.map(copied) };
      const told = { schema: [...seen.schema], tokens: [...seen.tokens], ...prints, sequences };
      return c.json(
        { ...seen, ...told, tables: tables?.map((one) => ({ ...one, columns: [...one.columns] })) ?? null },
        200,
      );
    })
    .openapi(begin, async (c) => c.json(await beginMove(ctx, c.req.valid("json")), 200))
    .openapi(close, async (c) => c.json(await closeSource(ctx, c.req.valid("json")), 200))
    .openapi(finish, async (c) => c.json(await finishMove(ctx, c.req.valid("json")), 200))
    .openapi(abandon, async (c) => c.json(await abandonMove(ctx, c.req.valid("json")), 200));
}

/** Pages of the tables that move. */
export function freightRoutes(ctx: AppContext, guard: Guard) {
  const page = createRoute({
    method: "get",
    path: "/transfer/{table}",
    summary: "Rows of a table in the order of their keys, about half a million characters",
    ...whole(guard),
    request: { params: named, query: z.object({ after: placeText, to: placeText }) },
    responses: {
      200: answer(
        "A page",
        z.object({ rows: z.array(z.array(value)), last: place.meta({ description: "Null at the end" }) }),
      ),
    },
  });
  const digest = createRoute({
    method: "get",
    path: "/transfer/{table}/digest",
    summary: "Number and SHA-256 of rows in the order of their keys",
    ...whole(guard),
    request: { params: named, query: z.object({ after: placeText, to: placeText }) },
    responses: { 200: answer("What they come to", z.object({ rows: z.int(), hash: z.string(), last: place })) },
  });
  const put = createRoute({
    method: "put",
    path: "/transfer/{table}",
    summary: "Make a range of the target's table hold these rows and no others",
    ...whole(guard, longestPage),
    request: {
      params: named,
      body: body(
        z.strictObject({ move: z.string(), after: place, to: place, rows: z.array(z.array(value)).max(10_000) }),
      ),
    },
    responses: { 200: answer("It does", z.object({ written: z.int() })) },
  });
  return new OpenAPIHono<AdminEnv>({ defaultHook: refuseMisfit })
    .openapi(page, async (c) => {
      const { rows, last } = await readPage(ctx, { ...c.req.valid("param"), ...range(c.req.valid("query")) });
      return c.json({ rows: rows.map((row) => [...row]), last: last === null ? null : [...last] }, 200);
    })
    .openapi(digest, async (c) => {
      const { rows, hash, last } = await digestRange(ctx, { ...c.req.valid("param"), ...range(c.req.valid("query")) });
      return c.json({ rows, hash, last: last === null ? null : [...last] }, 200);
    })
    .openapi(put, async (c) => c.json(await writeRange(ctx, { ...c.req.valid("param"), ...c.req.valid("json") }), 200));
}

function copied([id, print]: KeyPrint): [number, string] {
  return [id, print];
}

function range(query: { after?: (string | number)[] | null | undefined; to?: (string | number)[] | null | undefined }) {
  return { after: query.after ?? null, to: query.to ?? null };
}
