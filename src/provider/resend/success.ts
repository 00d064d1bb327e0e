import type { MemberOutcome, Outcome } from "../contract.ts";
import type { Shape } from "./bytes.ts";
import { memberOf, plain, textOf } from "./json.ts";

/** What the body of a 2xx answer to so many mails proves; null when it proves nothing (REL-08). */
export function readSuccess(
  body: unknown,
  count: number,
  shape: Shape,
): Extract<Outcome, { result: "accepted" | "partly" }> | null {
  if (shape === "object") {
    const id = textOf(body, "id");
    return id === "" ? null : { result: "accepted", ids: [id] };
  }
  const ids = readIds(memberOf(body, "data"));
  const refused = readErrors(memberOf(body, "errors"), count);
  if (ids === null || refused === null || ids.length + refused.size !== count) return null;
  return refused.size === 0
    ? { result: "accepted", ids }
    : { result: "partly", members: match(ids, refused, count), ended: null };
}

function readIds(data: unknown): string[] | null {
  if (!Array.isArray(data)) return null;
  const ids = data.map((entry) => textOf(entry, "id"));
  return ids.includes("") ? null : ids;
}

/** Reasons by place in the batch; null unless each error names a place of its own. */
function readErrors(errors: unknown, count: number): Map<number, string> | null {
  if (errors === undefined || errors === null) return new Map();
  if (!Array.isArray(errors)) return null;
  const reasons = new Map<number, string>();
  for (const error of errors) {
    const index = memberOf(error, "index");
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count) return null;
    reasons.set(index, `Resend refused this mail: ${plain(textOf(error, "message")) || "it did not say why"}`);
  }
  return reasons.size === errors.length ? reasons : null;
}

/** The ids are those of the mails that are not among the errors, in their order (REL-07). */
function match(ids: readonly string[], refused: ReadonlyMap<number, string>, count: number): MemberOutcome[] {
  const left = ids.values();
  return Array.from({ length: count }, (_, place) => {
    const reason = refused.get(place);
    if (reason !== undefined) return { result: "rejected", reason: reason.replace(/[.!?]?$/, ".") };
    return { result: "accepted", id: left.next().value ?? "" };
  });
}
