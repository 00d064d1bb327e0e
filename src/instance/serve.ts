import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";

/** Notes how this server is reached and how it mails, so that no other process mails otherwise. */
export async function noteServed(ctx: AppContext): Promise<void> {
  const { config } = ctx;
  await ctx.store.db
    .updateTable("instance")
    .set({ served_url: config.publicUrl, served_provider: config.provider })
    .where("id", "=", 1)
    .execute();
}

/**
 * Throws `misconfigured` where this process would mail otherwise than the server does: into another way out, or with links
 * to another address. A shell without the server's settings is how that happens.
 */
export async function requireServedSettings(ctx: AppContext): Promise<void> {
  const { config } = ctx;
  const served = await ctx.store.db
    .selectFrom("instance")
    .select(["served_url", "served_provider"])
    .executeTakeFirstOrThrow();
  const differing: string[] = [];
  if (served.served_url !== null && served.served_url !== config.publicUrl) {
    differing.push(`TIDINGS_PUBLIC_URL is ${config.publicUrl} here and ${served.served_url} there`);
  }
  if (served.served_provider !== null && served.served_provider !== config.provider) {
    differing.push(`TIDINGS_PROVIDER is ${config.provider} here and ${served.served_provider} there`);
  }
  if (differing.length === 0) return;
  throw new AppError("misconfigured", `This shell has other settings than the server: ${differing.join("; ")}.`, {
    hint: "Give it the server's environment, or let the server send: --server URL. After a change, restart the server.",
    faults: differing,
  });
}
