import type * as z from "zod";
import { AppError } from "./errors.ts";

/** Parses a verb's input; throws `invalid` that names every field at fault. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => ({ field: issue.path.join("."), message: issue.message }));
  const [first] = faults;
  const list = faults.map((fault) => (fault.field === "" ? fault.message : `${fault.field}: ${fault.message}`));
  throw new AppError("invalid", list.join("; "), {
    ...(first === undefined || first.field === "" ? {} : { field: first.field }),
    faults,
  });
}
