/** One POST whose body comes in chunks that other calls share. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Uint8Array[];
  /** Bytes of all chunks. */
  readonly size: number;
  /** Milliseconds for the whole call, from connecting to the last byte of the answer. */
  readonly timeout: number;
}

/** An answer as it came over the wire; `body` is null when it broke off before its end, or was longer than any that we await. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string | null;
}

/**
 * Puts a body on the wire once and follows no redirect. Rejects when no answer came: with `NotSent` where no byte of the request
 * can have left, as fetch does (a TypeError with its cause) or with a TimeoutError otherwise. Edges inject what is fastest there.
 */
export type Post = (request: PostRequest) => Promise<Answer>;

/** The call failed before a connection stood, so that surely nothing was sent (REL-01). */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

/** Longest answer that is read, in bytes; the longest that we await has a hundred ids. */
export const longestAnswer = 1_000_000;

/** A Post by fetch, as every runtime has it. */
export function createFetchPost(fetcher: typeof fetch = fetch): Post {
  return async ({ url, headers, chunks, size, timeout }) => {
    const signal = AbortSignal.timeout(timeout);
    const body = join(chunks, size);
    // Called bare: workerd refuses fetch with another `this`. It also lacks redirect "error", hence "manual".
    const response = await fetcher(url, { method: "POST", headers, body, signal, redirect: "manual" });
    return { status: response.status, headers: response.headers, body: await readBody(response) };
  };
}

/** One run of bytes out of many chunks. */
export function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

// The status alone proves a refusal, so an answer that breaks off is still one; what it means is for the table of errors.
async function readBody(response: Response): Promise<string | null> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  let size = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      size += read.value.length;
      if (size > longestAnswer) {
        await reader.cancel();
        return null;
      }
      text += decoder.decode(read.value, { stream: true });
    }
  } catch {
    return null;
  }
  return text + decoder.decode();
}
