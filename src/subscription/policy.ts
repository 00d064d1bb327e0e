import type { AppContext } from "../context.ts";
import type { GuardSettings } from "../instance/guard.ts";

/** Why an address that could exist may not sign up here. */
export type PolicyFault = "role-address" | "disposable" | "no-mail-server";

/** Mailboxes of a function, whose readers change and complain: RFC 2142 (ADR-07). info@ and the like may sign up. */
const roles = new Set(["abuse", "postmaster", "hostmaster", "noc", "security"]);

interface Given {
  readonly emailKey: string;
  readonly domain: string;
}

/** What the operator's policies say about an address; `flags` are kept with the subscription. Knows nothing of who has it (I7). */
export async function checkPolicy(
  ctx: AppContext,
  { emailKey, domain }: Given,
  settings: GuardSettings,
): Promise<{ fault: PolicyFault } | { flags: readonly string[] }> {
  const local = emailKey.slice(0, emailKey.lastIndexOf("@")).replace(/\+.*$/, "");
  if (settings.roleAddresses === "refuse" && roles.has(local)) return { fault: "role-address" };
  const fleeting = settings.disposable !== "allow" && isDisposable(ctx, domain);
  if (fleeting && settings.disposable === "refuse") return { fault: "disposable" };
  if (settings.checkMx && (await ctx.mailHost(domain)) === "refuses") return { fault: "no-mail-server" };
  return { flags: fleeting ? ["disposable"] : [] };
}

const path = "lists/disposable.txt";

const lists = new WeakMap<AppContext, { domains: ReadonlySet<string>; until: number }>();

/** Whether a domain, or one that it lies below, gives out addresses for a day (ADR-08). */
function isDisposable(ctx: AppContext, domain: string): boolean {
  const domains = readList(ctx);
  const labels = domain.split(".");
  return labels.some((_, at) => at < labels.length - 1 && domains.has(labels.slice(at).join(".")));
}

/** Looked at once a minute at most: a site's own file comes before ours, and may change while we run. */
function readList(ctx: AppContext): ReadonlySet<string> {
  const now = ctx.clock();
  const known = lists.get(ctx);
  if (known !== undefined && now < known.until) return known.domains;
  const lines = (ctx.templates.read(path) ?? "").split(/\r?\n/).map((line) => line.trim().toLowerCase());
  const domains = new Set(lines.filter((line) => line !== "" && !line.startsWith("#")));
  lists.set(ctx, { domains, until: now + 60_000 });
  return domains;
}
