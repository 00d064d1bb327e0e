import type * as z from "zod";
import { AppError } from "./errors.ts";

/** Parses a verb's input; throws `invalid` that names every field at fault. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw misfit(parsed.error);
}

/** The refusal of an input that does not fit its schema, with every field at fault. */
export function misfit(error: z.ZodError): AppError {
  const faults = error.issues.flatMap(explain);
  const list = faults.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const field = faults[0]?.field ?? "";
  return new AppError("invalid", list.join("; "), { ...(field === "" ? {} : { field }), faults });
}

/** zod's own words are a programmer's; two of its faults are an operator's daily ones. */
function explain(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const field = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: [...issue.path, key].join("."), message: "is not a field here" }));
  }
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [{ field, message: missing ? "is missing" : issue.message }];
}
