import type { AppContext } from "../context.ts";
import { endOrphans } from "../delivery/orphans.ts";
import { type Closed, openLink, readReader } from "./access.ts";
import { erasing } from "./erase.ts";
import { isThere, stillThere } from "./still-there.ts";

/**
 * Erases the reader of a fresh link for good, under whatever address they are by then. A repeat, and one of fifty presses at once,
 * says the same.
 */
export async function eraseSelf(
  ctx: AppContext,
  input: { token: string },
): Promise<{ kind: "erased"; language: string | null } | Closed> {
  const reader = await openLink(ctx, { by: "fresh", token: input.token });
  if (reader.kind === "gone") return { kind: "erased", language: null };
  if (reader.kind !== "reader") return reader;
  while (!(await eraseAsRead(ctx, reader.subscriber)));
  await endOrphans(ctx);
  return { kind: "erased", language: reader.language };
}

/** False where the reader has moved to another address between reading and writing: then nothing was written. */
async function eraseAsRead(ctx: AppContext, subscriber: number): Promise<boolean> {
  const reader = await readReader(ctx, subscriber, 0);
  if (reader === null) return true;
  const { emailKey } = reader;
  try {
    await ctx.store.commit(stillThere(subscriber, emailKey), ...erasing(ctx, reader));
    return true;
  } catch (fault) {
    if (await isThere(ctx, subscriber, emailKey)) throw fault;
    return false;
  }
}
