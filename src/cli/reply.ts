import type { ClientResponse } from "hono/client";
import { AppError, type ErrorDetails, errorCodes } from "../errors.ts";

/** What a call of the API brought; throws its refusal as the AppError that it was on the other side. */
export async function reply<T>(called: Promise<ClientResponse<T, number, "json">>): Promise<T> {
  const response = await called;
  if (response.status >= 200 && response.status < 300) {
    try {
      return await response.json();
    } catch {
      throw stranger(response.status);
    }
  }
  throw await refusal(response);
}

async function refusal(response: ClientResponse<unknown, number, "json">): Promise<AppError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } & ErrorDetails };
    const code = errorCodes.find((known) => known === error.code);
    if (code !== undefined) {
      const { code: _code, message, ...details } = error;
      return new AppError(code, message, details);
    }
  } catch {
    // No JSON: whatever answered there is not the API.
  }
  return stranger(response.status);
}

function stranger(status: number): AppError {
  const moved = status >= 300 && status < 400;
  return new AppError("unavailable", `The server does not answer as Tidings does (status ${status}).`, {
    hint: moved
      ? "It redirects: name the address that it redirects to."
      : "Check the address; a proxy may stand in between.",
  });
}

/** A word as one part of a path, whatever is in it: the typed client puts it there as it is. Throws `invalid` for dots alone. */
export function pathPart(word: string): string {
  if (/^\.*$/.test(word)) throw new AppError("invalid", `"${word}" is no name.`);
  return encodeURIComponent(word);
}
