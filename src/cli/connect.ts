import { existsSync, readFileSync, statSync } from "node:fs";
import { hc } from "hono/client";
import type { AppType } from "../app.ts";
import { clientSettings, type Environment } from "../config.ts";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { isLoopback } from "../networks.ts";

/** The typed client; commands reach the product by it and by nothing else. */
export type Api = ReturnType<typeof hc<AppType>>["api"];

/** The API of a server, or of this process on the database here. */
export interface Session {
  readonly api: Api;
  /** Null with a server elsewhere. */
  readonly local: Local | null;
  close(): void;
}

/** What only a command on its own database has. */
export interface Local {
  readonly ctx: AppContext;
  /** The server of this machine that pays mails of the same database, looked up afresh; null when there is none. */
  findServer(): string | null;
  /** Made just now, where a first start had been cut short: it must be shown. */
  readonly firstToken: string | null;
  /** What the log last said of a bug; null when there was none. */
  lastFault(): string | null;
}

/** Opens the database that the settings name. Throws `misconfigured` where there is none yet. */
export async function openLocal(environment: Environment): Promise<Session> {
  const { readConfig } = await import("../config.ts");
  const config = readConfig(environment);
  if (!existsSync(config.database)) {
    throw new AppError("misconfigured", `There is no database at ${config.database}.`, {
      field: "TIDINGS_DATABASE",
      hint: "Make one with: tidings init (or name the right one with TIDINGS_DATABASE, or a server with --server)",
    });
  }
  const [{ openContext }, { createApp }, { findRunning }] = await Promise.all([
    import("../node/context.ts"),
    import("../app.ts"),
    import("../node/running.ts"),
  ]);
  let fault: string | null = null;
  const log: Log = {
    info() {},
    error(_event, fields) {
      fault = String(fields?.error ?? fields?.fault ?? fault ?? "");
    },
  };
  const { ctx, firstToken, close } = await openContext(config, { log });
  const operatorToken = Buffer.from(ctx.random(32)).toString("base64url");
  const app = createApp(ctx, { operatorToken });
  const client = hc<AppType>("http://localhost", {
    headers: { Authorization: `Bearer ${operatorToken}` },
    fetch: async (input: string | URL | Request, init?: RequestInit) => app.request(input, init),
  });
  return {
    api: client.api,
    local: { ctx, firstToken, findServer: () => findRunning(config.database), lastFault: () => fault },
    close,
  };
}

const patience = 60_000;

/** The API of a running server. Throws `invalid` for an address that a token must not be sent to. */
export function openServer(url: string, token: string): Session {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new AppError("invalid", `"${url}" is no address of a server.`, {
      field: "--server",
      hint: "It looks like https://letters.example.org",
    });
  }
  if (!url.startsWith("https://") && !isLoopback(url)) {
    throw new AppError(
      "invalid",
      "A server on another machine must be named with https://, since the token goes there.",
      {
        field: "--server",
      },
    );
  }
  const client = hc<AppType>(url.replace(/\/+$/, ""), {
    headers: { Authorization: `Bearer ${token}` },
    fetch: (input: string | URL | Request, init?: RequestInit) => reach(url, input, init),
  });
  return { api: client.api, local: null, close() {} };
}

async function reach(url: string, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    // Not followed: a redirect would carry the token elsewhere.
    return await fetch(input, { ...init, redirect: "manual", signal: AbortSignal.timeout(patience) });
  } catch (fault) {
    const late = fault instanceof Error && fault.name === "TimeoutError";
    const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause.message : "";
    const why = late ? `it did not answer within ${patience / 1_000} s` : cause || String(fault);
    throw new AppError("unavailable", `The server ${url} cannot be reached: ${why}.`, {
      hint: "Check the address, and that tidings serve runs there.",
    });
  }
}

/** The token for a server: of --token-file, else of TIDINGS_TOKEN. Throws `invalid`, `unauthorized`. */
export function readToken(file: string | undefined, environment: Environment, warn: (text: string) => void): string {
  if (file === undefined) {
    const token = environment[clientSettings.token.name]?.trim() ?? "";
    if (token !== "") return token;
    throw new AppError("unauthorized", "A server wants an admin token.", {
      hint: "Set TIDINGS_TOKEN, or name a file that holds one with --token-file.",
    });
  }
  try {
    if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) {
      warn(`Warning: others can read ${file}; run: chmod 600 ${file}`);
    }
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new AppError("invalid", `The token file ${file} cannot be read.`, { field: "--token-file" });
  }
}
