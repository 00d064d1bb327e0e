import { AppError } from "../errors.ts";
import type { Newsletter } from "../newsletter/find.ts";

/** Throws `preflight` with the command that opens it, unless a newsletter's issues may be sent. */
export function requireOpen({ slug, status }: Newsletter): void {
  if (status === "open") return;
  throw new AppError("preflight", `The newsletter "${slug}" is ${status}: its issues cannot be sent.`, {
    field: "status",
    hint: `Open it with: tidings newsletter edit ${slug} --status open`,
  });
}
