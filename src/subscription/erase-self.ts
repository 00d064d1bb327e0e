import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { type Closed, openLink } from "./access.ts";
import { erase } from "./erase.ts";

/** Erases the reader of a fresh link, for good. A repeat, and one of fifty presses at once, says the same. */
export async function eraseSelf(
  ctx: AppContext,
  input: { token: string },
): Promise<{ kind: "erased"; language: string | null } | Closed> {
  const reader = await openLink(ctx, { by: "fresh", token: input.token });
  if (reader.kind === "gone") return { kind: "erased", language: null };
  if (reader.kind !== "reader") return reader;
  try {
    await erase(ctx, { address: reader.email });
  } catch (fault) {
    // Somebody was faster: it is done all the same.
    if (!(fault instanceof AppError) || fault.code !== "not-found") throw fault;
  }
  return { kind: "erased", language: reader.language };
}
