import { createHmac } from "node:crypto";
import { chooseAuth } from "../../provider/smtp/commands.ts";
import type { Reply } from "../../provider/smtp/replies.ts";

/** One login: what is said, and what is said to each 334 after it. Never shown to anybody. */
export interface Login {
  readonly command: string;
  /** The answer to a challenge, without its line end; null when there is none to give. */
  answer(challenge: Reply, round: number): string | null;
}

// RFC 5321 §4.5.3.1.4; what is longer goes as an answer of its own (RFC 4954 §4).
const longestCommand = 510;

/** How to log in by what the server offers; null when it offers nothing that may be used here. */
export function planLogin(
  offers: readonly string[],
  login: { readonly user: string; readonly password: string },
  isPrivate: boolean,
): Login | null {
  const way = chooseAuth(offers, isPrivate);
  switch (way) {
    case "PLAIN":
      return plain(encode(`\0${login.user}\0${login.password}`));
    case "LOGIN":
      return {
        command: "AUTH LOGIN",
        answer: (_, round) => [encode(login.user), encode(login.password)][round] ?? null,
      };
    case "CRAM-MD5":
      return {
        command: "AUTH CRAM-MD5",
        answer: (challenge, round) => (round === 0 ? cram(login, challenge) : null),
      };
    default:
      return way;
  }
}

function plain(response: string): Login {
  const command = `AUTH PLAIN ${response}`;
  if (command.length <= longestCommand) return { command, answer: () => null };
  return { command: "AUTH PLAIN", answer: (_, round) => (round === 0 ? response : null) };
}

/** RFC 2195: proof of the password without showing it. */
function cram(login: { readonly user: string; readonly password: string }, challenge: Reply): string {
  const asked = Buffer.from(challenge.lines[0] ?? "", "base64");
  return encode(`${login.user} ${createHmac("md5", login.password).update(asked).digest("hex")}`);
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** A reason without the secrets that a server may have repeated in it. */
export function withoutSecrets(reason: string, login: { readonly password: string; readonly user: string }): string {
  const secrets = [encode(`\0${login.user}\0${login.password}`), encode(login.password), login.password].filter(
    (secret) => secret.length > 3,
  );
  return secrets.reduce((text, secret) => text.replaceAll(secret, "…"), reason);
}
