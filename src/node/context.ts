import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "../config.ts";
import type { AppContext, Bell } from "../context.ts";
import { longestCall } from "../delivery/claim.ts";
import { createTurnstile } from "../http/turnstile.ts";
import { createInstance } from "../instance/create.ts";
import { grantToken } from "../instance/grant.ts";
import { checkKeys } from "../instance/keys.ts";
import { createLog, type Log, silent } from "../log.ts";
import { createSigner } from "../mail/tokens.ts";
import { createMailHost } from "../mail-host.ts";
import { isLoopback } from "../networks.ts";
import type { Provider } from "../provider/contract.ts";
import { createOutbox, type MailKeep } from "../provider/outbox.ts";
import { createResend } from "../provider/resend/send.ts";
import { openStore } from "../store/open.ts";
import type { Engine } from "../store/store.ts";
import { explain, openFile, sqliteEngine } from "./engine.ts";
import { diskAssets, diskTemplates } from "./files.ts";
import { createFileKeep } from "./keep.ts";
import { readKeyRing } from "./keys.ts";
import { askDns } from "./mail-host.ts";
import { migrate } from "./migrate.ts";
import { createNodePost } from "./post.ts";
import { readDkimKey } from "./smtp/dkim-key.ts";
import { createSmtp } from "./smtp/send.ts";
import { hearWitness } from "./witness.ts";

/** What a test, or who serves, may put in the place of the machine's own. */
export interface Overrides {
  readonly clock?: () => number;
  readonly random?: (bytes: number) => Uint8Array;
  readonly log?: Log;
  readonly bell?: Bell;
  readonly provider?: Provider;
  readonly probe?: (passage: string) => void;
  readonly mailHost?: AppContext["mailHost"];
  readonly engine?: (connection: ReturnType<typeof openFile>) => Engine;
}

/** A context on this machine, and what must be closed with it. */
export interface Opened {
  readonly ctx: AppContext;
  /** Set at the first start only: the first admin token, shown this once. */
  readonly firstToken: string | null;
  close(): void;
}

/** Opens the database, brings it up to date, and makes the instance at first start. Throws `misconfigured`, `unavailable`. */
export async function openContext(config: Config, overrides: Overrides = {}): Promise<Opened> {
  const clock = overrides.clock ?? Date.now;
  const fresh = !existsSync(config.database);
  const connection = openDatabase(config.database);
  try {
    const signer = createSigner(readKeyRing(config.keys, fresh || isUnused(connection)));
    const keep = config.provider === "outbox" ? createFileKeep(resolve(config.outbox), clock) : null;
    const outlet = overrides.provider === undefined ? openOutlet(config, keep) : lasting(overrides.provider);
    const log =
      overrides.log ??
      (config.log === "silent" ? silent : createLog((line) => process.stderr.write(`${line}\n`), clock));
    const ctx: AppContext = {
      store: openStore((overrides.engine ?? sqliteEngine)(connection)),
      provider: outlet.provider,
      bell: overrides.bell ?? { ring() {} },
      // Whoever pays several batches at a time brings a gate of its own.
      gate: { enter: () => true, leave() {} },
      templates: diskTemplates(resolve(config.templates)),
      assets: diskAssets(resolve(config.templates)),
      config,
      signer,
      clock,
      random: overrides.random ?? ((bytes) => new Uint8Array(randomBytes(bytes))),
      log,
      keep,
      mailHost: overrides.mailHost ?? createMailHost(clock, askDns()),
      ...(config.turnstileSecret === null ? {} : { turnstile: createTurnstile(config.turnstileSecret, log) }),
      probe: overrides.probe ?? (() => {}),
    };
    const firstToken = (await createInstance(ctx)) ? await firstAdmin(ctx) : null;
    await checkKeys(ctx);
    await hearWitness(ctx);
    return { ctx, firstToken, close: () => closeAll(outlet, connection) };
  } catch (fault) {
    connection.close();
    throw fault;
  }
}

function openDatabase(path: string) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    // SQLite gives the files beside it the same rights; readers' addresses are nobody else's business (SEC-28).
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    const connection = openFile(path);
    try {
      migrate(connection);
      return connection;
    } catch (fault) {
      connection.close();
      throw fault;
    }
  } catch (fault) {
    throw explain(fault);
  }
}

/** No instance yet: the first start was cut short, and there can be no links that need an old key. */
function isUnused(connection: ReturnType<typeof openFile>): boolean {
  return connection.prepare("select 1 from instance").get() === undefined;
}

/** A way out, and how it is left. */
interface Outlet {
  readonly provider: Provider;
  close(): void;
}

function openOutlet(config: Config, keep: MailKeep | null): Outlet {
  if (keep !== null) return lasting(createOutbox(keep));
  if (config.provider === "smtp" && config.smtpUrl !== null) {
    const { dkimKey, dkimSelector, publicUrl, smtpUrl: server } = config;
    const sign = dkimKey === null || dkimSelector === null ? null : readDkimKey(resolve(dkimKey), dkimSelector);
    const name = isLoopback(publicUrl) ? null : new URL(publicUrl).hostname;
    const provider = createSmtp({ server, name, sign });
    return { provider, close: provider.close };
  }
  return lasting(
    createResend({
      apiKey: config.resendKey ?? "",
      baseUrl: config.resendUrl,
      userAgent: "tidings",
      timeout: longestCall,
      batch: config.resendBatch,
      post: createNodePost(),
    }),
  );
}

/** A way out that holds nothing open. */
function lasting(provider: Provider): Outlet {
  return { provider, close: () => undefined };
}

function closeAll(outlet: Outlet, connection: ReturnType<typeof openFile>): void {
  outlet.close();
  connection.close();
}

async function firstAdmin(ctx: AppContext): Promise<string> {
  const { secret } = await grantToken(ctx, { name: "first admin", scopes: ["read", "write", "send"] });
  return secret;
}
