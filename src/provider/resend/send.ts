import { AppError } from "../../errors.ts";
import type { Outcome, Parcel, Provider } from "../contract.ts";
import { refuse } from "../guard.ts";
import { addressFault, assertSound, findUnsound, messageFault, type Unsound } from "../sound.ts";
import { type Body, frameIssue, frameMessages, type Shape } from "./bytes.ts";
import { call, type Line, type Load } from "./call.ts";
import { inManner, type Manner } from "./hash.ts";
import { sendByPackage } from "./notices.ts";
import { createFetchPost, type Post } from "./post.ts";

/** How to reach Resend. Nothing is read from the environment. */
export interface ResendOptions {
  readonly apiKey: string;
  /** `https://api.resend.com`, or another place that speaks its protocol. */
  readonly baseUrl: string;
  /** Resend answers 403 to calls that do not say who they are. */
  readonly userAgent: string;
  /** Milliseconds for a whole call. */
  readonly timeout: number;
  /** `strict` when absent. */
  readonly batch?: Manner;
  /** By fetch when absent. */
  readonly post?: Post;
}

// 100 is Resend's own limit. The bytes are ours: it names none, and answers 413 beyond it (RULES §6.1).
const mostBytes = 4_000_000;
const mostMembers = { array: 100, object: 1 } as const;
const paths = { array: "/emails/batch", object: "/emails" } as const;

/** The Resend way out. Throws `misconfigured` for settings that could never send. */
export function createResend(options: ResendOptions): Provider {
  const line = check(options);
  const { batch: manner = "strict" } = options;
  const shape: Shape = manner === "single" ? "object" : "array";
  const limits = { members: mostMembers[shape], bytes: mostBytes };
  const parcel = (body: Body, count: number, unsound: Unsound | null, send: Send): Parcel => {
    const load = { path: paths[shape], chunks: body.chunks, size: body.size, count, shape };
    return {
      ...body,
      digest: async () => inManner(manner, await body.digest()),
      send: async (key) => refuse(key, count, body.size, limits, unsound) ?? (await send(load, key)),
    };
  };
  return {
    name: "resend",
    knowsKeys: true,
    limits,
    notices: (messages) => {
      const send: Send = (load, key) => sendByPackage(line, messages, load, key);
      return parcel(frameMessages(messages, shape), messages.length, findUnsound(messages, messageFault), send);
    },
    issue: (mail) => {
      assertSound(mail);
      const frame = frameIssue(mail, shape);
      const send: Send = (load, key) => call(line, { ...load, headers: headersFor(line, key, shape) });
      return (recipients) => {
        const unsound = findUnsound(recipients, (recipient) => addressFault(recipient.address));
        return parcel(frame(recipients), recipients.length, unsound, send);
      };
    },
  };
}

type Send = (load: Omit<Load, "headers">, key: string) => Promise<Outcome>;

function headersFor(line: Line, key: string, shape: Shape): Record<string, string> {
  return {
    authorization: `Bearer ${line.apiKey}`,
    "user-agent": line.userAgent,
    "content-type": "application/json",
    "idempotency-key": key,
    ...(shape === "array" ? { "x-batch-validation": line.validation } : {}),
  };
}

function check(options: ResendOptions): Line {
  // The package would silently take RESEND_API_KEY from the environment for an empty key.
  if (!/^[\x21-\x7e]+$/.test(options.apiKey)) {
    throw new AppError("misconfigured", "The API key of Resend is empty or holds spaces or odd characters.");
  }
  if (!/^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(options.userAgent)) {
    throw new AppError("misconfigured", "The User-Agent for Resend is empty or holds odd characters.");
  }
  if (!URL.canParse(options.baseUrl) || !/^https?:$/.test(new URL(options.baseUrl).protocol)) {
    throw new AppError("misconfigured", "The base URL of Resend is not an http or https address.");
  }
  if (!(options.timeout > 0)) {
    throw new AppError("misconfigured", "The time limit for calls to Resend is not a positive number of milliseconds.");
  }
  return {
    apiKey: options.apiKey,
    baseUrl: options.baseUrl.replace(/\/+$/, ""),
    userAgent: options.userAgent,
    timeout: options.timeout,
    validation: options.batch === "permissive" ? "permissive" : "strict",
    post: options.post ?? createFetchPost(),
  };
}
