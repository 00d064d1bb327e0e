import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { minute, type World } from "../world.ts";

/** Everything that may be known of an address when someone signs it up. */
export const states = [
  "new",
  "pending",
  "waiting",
  "expired",
  "active",
  "unsubscribed",
  "complained",
  "bounced",
  "blocked",
  "blocked-here",
  "erased",
  "erased-complained",
  "exhausted",
  "tagged",
] as const;

export type State = (typeof states)[number];

/** The address that is brought into a state. */
export function addressIn(state: State): string {
  return state === "tagged" ? "exhausted+tag@reader.example" : `${state}@reader.example`;
}

/** Brings one address into each state, towards the newsletter "tides"; two weeks pass. */
export async function settleStates(world: World): Promise<void> {
  const of = (state: State) => addressIn(state);
  await world.signUp(of("expired"), "tides");
  await world.drain();
  world.advance(13 * 24 * 60 * minute);
  for (const state of ["active", "unsubscribed"] as const) await world.join(of(state), "tides");
  await world.post(await leaveLink(world, of("unsubscribed")));
  for (const state of ["erased", "erased-complained"] as const) await world.join(of(state), "tides");
  await addSuppression(world.ctx, { address: of("erased-complained"), reason: "complaint" });
  await erase(world.ctx, { address: of("erased") });
  await erase(world.ctx, { address: of("erased-complained") });
  await addSuppression(world.ctx, { address: of("complained"), reason: "complaint" });
  await addSuppression(world.ctx, { address: of("bounced"), reason: "hard-bounce" });
  await addSuppression(world.ctx, { address: of("blocked") });
  await addSuppression(world.ctx, { address: of("blocked-here"), newsletter: "tides" });
  for (let time = 0; time < 4; time += 1) {
    await world.signUp(of("exhausted"), "tides");
    await world.drain();
    world.advance(11 * minute);
  }
  await world.signUp(of("pending"), "tides");
  await world.signUp(of("waiting"), "tides");
  await world.drain();
  world.advance(minute);
  await world.signUp(of("waiting"), "tides");
}

/** A leave link for a reader of "tides", out of an issue. */
async function leaveLink(world: World, address: string): Promise<string> {
  await world.send("tides", `for-${address.split("@")[0]}`);
  await world.drain();
  return (await world.mails(address)).at(-1)?.leaveLink ?? "";
}
