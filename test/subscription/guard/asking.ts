import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { sql } from "kysely";
import type { Challenge } from "../../../src/subscription/challenge.ts";
import type { World } from "../../world.ts";

type App = Pick<World, "app">;

/** A request from a network address, as an edge hands it over; null: nobody knows the address. */
export function from(address: string | null) {
  return { incoming: { socket: address === null ? {} : { remoteAddress: address } } };
}

/** The n-th of many unrelated networks. */
export function networkNo(n: number): string {
  return `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

/** A sign-up by form. */
export async function ask(
  { app }: App,
  address: string | null,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams({ newsletter: "tides", ...fields });
  return app.request("/subscribe", { method: "POST", body, headers }, from(address));
}

/** The answer's status alone. */
export async function statusOf(app: App, address: string | null, fields: Record<string, string>): Promise<number> {
  return (await ask(app, address, fields)).status;
}

/** Asks for a challenge, as a form with script does. */
export async function challengeFor(
  { app }: App,
  newsletters: readonly string[] = ["tides"],
  address: string | null = "192.0.2.1",
): Promise<Challenge & { required: boolean }> {
  const query = new URLSearchParams(newsletters.map((slug) => ["newsletter", slug]));
  const answer = await app.request(`/subscribe/challenge?${query}`, {}, from(address));
  if (answer.status !== 200) throw new Error(`challenge answered ${answer.status}`);
  return (await answer.json()) as Challenge & { required: boolean };
}

/** Finds the number. */
export function solve({ salt, challenge, maxnumber }: Challenge): number {
  for (let n = 0; n <= maxnumber; n += 1) if (bytesToHex(sha256(utf8ToBytes(`${salt}${n}`))) === challenge) return n;
  throw new Error("no number solves this challenge");
}

/** What a form sends back. */
export function payload(challenge: Challenge, changes: Record<string, unknown> = {}): string {
  const { algorithm, salt, signature } = challenge;
  return btoa(
    JSON.stringify({
      algorithm,
      challenge: challenge.challenge,
      number: solve(challenge),
      salt,
      signature,
      ...changes,
    }),
  );
}

/** How the newest answer to an address stands: why nothing leaves, `slow`, or null; and in how many ms it may leave. */
export async function answerOf(
  world: World,
  email: string,
): Promise<{ state: string; reason: string | null; wait: number }> {
  const { rows } = await sql<{ state: string | null; reason: string | null; due: number }>`
    select n.state, n.reason, n.due_at due from notices n join subscribers p on p.id = n.subscriber
    where p.email_key = ${email} order by n.id desc limit 1`.execute(world.ctx.store.db);
  const [row] = rows;
  if (row === undefined) throw new Error("nothing was owed");
  return { state: row.state ?? "waiting", reason: row.reason, wait: row.due - world.clock.now };
}
