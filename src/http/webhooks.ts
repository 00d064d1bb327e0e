import { type Context, Hono } from "hono";
import type { AppContext } from "../context.ts";
import { keepReport } from "../delivery/reports.ts";
import { verifySignature } from "../provider/resend/signature.ts";
import { readCapped } from "./body.ts";
import { networkOf } from "./client.ts";
import type { Env } from "./env.ts";
import { adminHeaders } from "./guard.ts";
import { createGuesses } from "./guesses.ts";
import { jsonProblem, type ProblemStatus } from "./problem.ts";

/** Most bytes of a webhook (SEC-15). */
export const longestWebhook = 256 * 1024;

/**
 * What providers report: stored as it came, and only then answered for (REL-16), so that whatever is lost is sent again. The
 * signature is the only key; every refusal says the same, so that it helps no forger (SEC-17).
 */
export function webhookRoutes(ctx: AppContext) {
  const guesses = createGuesses(ctx.clock);

  /** Anybody may knock as often as they like: the log tells of the first ones. */
  function refuse(c: Context<Env>, status: ProblemStatus, message: string, why: string): Response {
    if (!guesses.tooMany(networkOf(ctx.config, c))) ctx.log.info("webhook refused", { provider: "resend", why });
    return jsonProblem(ctx, c, status, { message, headers: adminHeaders });
  }

  return new Hono<Env>().post("/webhooks/resend", async (c) => {
    const key = ctx.config.webhookSecret;
    if (key === null) return refuse(c, 404, "There is nothing here.", "RESEND_WEBHOOK_SECRET is not set");
    const body = await readCapped(c.req.raw, longestWebhook);
    if (body === "too-large") return refuse(c, 413, "That was too much.", `more than ${longestWebhook} bytes`);
    if (body === "unreadable") return refuse(c, 400, "The request broke off before its end.", "it broke off");
    const header = (name: string): string | null => c.req.header(name) ?? null;
    const id = header("svix-id");
    const signed = { id, timestamp: header("svix-timestamp"), signature: header("svix-signature") };
    const verdict = verifySignature(key, signed, body, ctx.clock());
    if (verdict !== "authentic" || id === null) {
      return refuse(c, 400, "This is not a webhook that we know the sender of.", verdict);
    }
    await keepReport(ctx, { provider: "resend", event: id, body: new TextDecoder().decode(body) });
    ctx.bell.ring();
    return c.json({ stored: true }, 200, adminHeaders);
  });
}
