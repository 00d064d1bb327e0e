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

/** zod's own words are a programmer's; some of its faults are an operator's daily ones. A schema's own words stay. */
function explain(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const field = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: [...issue.path, key].join("."), message: "is not a field here" }));
  }
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [{ field, message: missing ? "is missing" : (inWords(issue) ?? issue.message) }];
}

const kinds: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** What a value must be; null where the fault is another, or the schema has words of its own. */
function inWords(issue: z.core.$ZodIssue): string | null {
  const kind = kinds[/^Invalid input: expected (\w+)/.exec(issue.message)?.[1] ?? ""];
  if (kind !== undefined) return `must be ${kind}`;
  if (issue.code === "invalid_value" && issue.message.startsWith("Invalid option:")) {
    return `must be one of ${issue.values.map(String).join(", ")}`;
  }
  if (issue.code === "too_small" && issue.message.startsWith("Too small:")) {
    return withUnit("at least", issue.minimum, issue.origin);
  }
  if (issue.code === "too_big" && issue.message.startsWith("Too big:")) {
    return withUnit("at most", issue.maximum, issue.origin);
  }
  return null;
}

function withUnit(bound: string, value: number | bigint, origin: string): string | null {
  if (origin === "number" || origin === "int") return `must be ${bound} ${value}`;
  const unit = value === 1 ? "character" : "characters";
  return origin === "string" ? `must have ${bound} ${value} ${unit}` : null;
}
