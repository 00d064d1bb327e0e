import { AppError } from "../../errors.ts";
import type { Outcome, Parcel, Provider } from "../contract.ts";
import { digestOf } from "../digest.ts";
import { refuse } from "../guard.ts";
import { addressFault, assertSound, findUnsound, messageFault, type Unsound } from "../sound.ts";
import { type Body, frameIssue, frameMessages } from "./bytes.ts";
import { type Bytes, call, join, type Line } from "./call.ts";
import { sendByPackage } from "./notices.ts";

/** How to reach Resend. Nothing is read from the environment. */
export interface ResendOptions {
  readonly apiKey: string;
  /** `https://api.resend.com`, or another place that speaks its protocol. */
  readonly baseUrl: string;
  /** Resend answers 403 to calls that do not say who they are. */
  readonly userAgent: string;
  /** Milliseconds for a whole call. */
  readonly timeout: number;
  readonly fetch?: typeof fetch;
}

// 100 is Resend's own limit. The bytes are ours: it names none, and answers 413 beyond it (RULES §6.1).
const limits = { members: 100, bytes: 4_000_000 } as const;

/** The Resend way out. Throws `misconfigured` for settings that could never send. */
export function createResend(options: ResendOptions): Provider {
  const line = check(options);
  return {
    name: "resend",
    knowsKeys: true,
    limits,
    notices: (messages) => {
      const post = (body: Bytes, key: string): Promise<Outcome> => sendByPackage(line, messages, body, key);
      return parcel(frameMessages(messages), messages.length, findUnsound(messages, messageFault), post);
    },
    issue: (mail) => {
      assertSound(mail);
      const frame = frameIssue(mail);
      return (recipients) => {
        const count = recipients.length;
        const unsound = findUnsound(recipients, (recipient) => addressFault(recipient.address));
        const post = (body: Bytes, key: string): Promise<Outcome> =>
          call(line, "/emails/batch", headersFor(line, key), body, count);
        return parcel(frame(recipients), count, unsound, post);
      };
    },
  };
}

function parcel(
  { chunks, size }: Body,
  count: number,
  unsound: Unsound | null,
  post: (body: Bytes, key: string) => Promise<Outcome>,
): Parcel {
  return {
    chunks,
    size,
    digest: () => digestOf(chunks),
    send: async (key) => refuse(key, count, size, limits, unsound) ?? (await post(join(chunks, size), key)),
  };
}

function headersFor(line: Line, key: string): Headers {
  return new Headers({
    Authorization: `Bearer ${line.apiKey}`,
    "User-Agent": line.userAgent,
    "Content-Type": "application/json",
    "Idempotency-Key": key,
    "x-batch-validation": "strict",
  });
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
    fetch: options.fetch ?? fetch,
  };
}
