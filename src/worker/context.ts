import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type Config, type Environment, readConfig, workerSecrets } from "../config.ts";
import type { AppContext, Assets, Bell } from "../context.ts";
import { longestCall } from "../delivery/claim.ts";
import { AppError } from "../errors.ts";
import { assetType, isAssetPath } from "../http/asset-types.ts";
import { createTurnstile } from "../http/turnstile.ts";
import { createInstance } from "../instance/create.ts";
import { grantFirst } from "../instance/grant.ts";
import { checkClock, readSeen } from "../instance/hold.ts";
import { checkKeys } from "../instance/keys.ts";
import { noteServed } from "../instance/serve.ts";
import { createLog, silent } from "../log.ts";
import { parseKeyRing } from "../mail/key-ring.ts";
import type { TemplateSource } from "../mail/template.ts";
import { createSigner, type KeyRing } from "../mail/tokens.ts";
import { createMailHost } from "../mail-host.ts";
import type { Provider } from "../provider/contract.ts";
import { createOutbox, type MailKeep } from "../provider/outbox.ts";
import { createResend } from "../provider/resend/send.ts";
import { createTableKeep } from "../provider/table-keep.ts";
import { d1Engine } from "../store/d1.ts";
import { openStore } from "../store/open.ts";
import type { Bindings } from "./bindings.ts";
import { askOverHttps } from "./mail-host.ts";
import { templates } from "./templates.ts";

/** What an invocation brings along. */
export interface Surroundings {
  readonly bell: Bell;
  /** Told the number of statements before they run. */
  readonly counted?: (statements: number) => void;
  /** What a test puts in the place of the runtime's own. */
  readonly own?: Partial<Pick<AppContext, "clock" | "random" | "log" | "provider" | "probe">>;
}

/** A context over the bindings. Throws `misconfigured` for settings and secrets that cannot work. */
export function createContext(bindings: Bindings, { bell, counted, own = {} }: Surroundings): AppContext {
  const config = readConfig(settingsOf(bindings));
  if (config.provider === "smtp") {
    throw new AppError("misconfigured", "Workers cannot open connections to a mail server.", {
      field: "TIDINGS_PROVIDER",
      hint: "Set TIDINGS_PROVIDER=resend, or run Tidings on Node.",
    });
  }
  const clock = own.clock ?? Date.now;
  const store = openStore(d1Engine(bindings.DB, counted));
  const keep = config.provider === "outbox" ? createTableKeep(store, clock) : null;
  const log = own.log ?? (config.log === "silent" ? silent : createLog((line) => console.log(line), clock));
  return {
    store,
    provider: own.provider ?? openProvider(config, keep),
    bell,
    gate: { enter: () => true, leave() {} },
    templates: bundled,
    assets: assetsOf(bindings),
    config,
    signer: createSigner(readRing(bindings.TIDINGS_KEY_RING)),
    clock,
    random: own.random ?? ((bytes) => crypto.getRandomValues(new Uint8Array(bytes))),
    log,
    keep,
    mailHost: createMailHost(clock, askOverHttps(log, bareFetch)),
    ...(config.turnstileSecret === null ? {} : { turnstile: createTurnstile(config.turnstileSecret, log, bareFetch) }),
    probe: own.probe ?? (() => {}),
  };
}

/** Called bare: workerd refuses fetch with another `this`. */
const bareFetch: typeof fetch = (url, init) => fetch(url, init);

/** Makes the instance at the first start, and looks whether keys, clock and database fit together. Once for each isolate. */
export async function settleIn(ctx: AppContext, bindings: Bindings): Promise<void> {
  await createInstance(ctx);
  const { TIDINGS_FIRST_TOKEN: first } = bindings;
  if (first !== undefined && first !== "") await grantFirst(ctx, first);
  await checkKeys(ctx);
  await checkClock(ctx, (await readSeen(ctx)).seenAt);
  await noteServed(ctx);
}

const secrets: readonly string[] = Object.values(workerSecrets).map(({ name }) => name);

/** Texts among the bindings, but for those that no machine has. */
function settingsOf(bindings: Bindings): Environment {
  const all: [string, unknown][] = Object.entries(bindings);
  const texts = all.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.filter(([name]) => !secrets.includes(name)));
}

function readRing(text: string | undefined): KeyRing {
  const ring = parseKeyRing(text ?? "");
  if (ring !== null) return ring;
  const isMissing = text === undefined || text.trim() === "";
  throw new AppError("misconfigured", `The key ring is ${isMissing ? "missing" : "damaged"}.`, {
    field: workerSecrets.keyRing.name,
    hint: "A new installation makes one with: npx tidings keys new | npx wrangler secret put TIDINGS_KEY_RING",
  });
}

function openProvider(config: Config, keep: MailKeep | null): Provider {
  if (keep !== null) return createOutbox(keep);
  return createResend({
    apiKey: config.resendKey ?? "",
    baseUrl: config.resendUrl,
    userAgent: "tidings",
    timeout: longestCall,
    batch: config.resendBatch,
  });
}

const bundled: TemplateSource = { read: (path) => templates[path] };

/** Asked of the assets' own binding, so that the answer to a reader is the same as on Node. */
function assetsOf({ ASSETS }: Bindings): Assets {
  return {
    async read(path) {
      const type = assetType(path);
      if (type === null || !isAssetPath(path)) return null;
      const answer = await ASSETS.fetch(`https://assets.local/${path}`);
      if (answer.status !== 200) return null;
      const body = new Uint8Array(await answer.arrayBuffer());
      return { body, type, tag: bytesToHex(sha256(body)).slice(0, 16) };
    },
  };
}
