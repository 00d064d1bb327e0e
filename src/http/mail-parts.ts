/** The parts of a mail as Tidings composes it: multipart/alternative, quoted-printable UTF-8, the text before the HTML. */
export interface Parts {
  readonly text: string;
  readonly html: string;
  /** Milliseconds UTC; 0 where the Date header cannot be read. */
  readonly date: number;
}

/** Reads a kept mail for display; a part that is not there reads as empty. */
export function readParts(bytes: Uint8Array): Parts {
  const whole = new TextDecoder().decode(bytes);
  const [head = ""] = whole.split("\r\n\r\n", 1);
  const boundary = /boundary="([^"]+)"/i.exec(head)?.[1];
  const parts = boundary === undefined ? [] : whole.split(`\r\n--${boundary}`);
  const date = Date.parse(/^Date:(.*)$/im.exec(head)?.[1] ?? "");
  return { text: bodyOf(parts, "plain"), html: bodyOf(parts, "html"), date: Number.isNaN(date) ? 0 : date };
}

function bodyOf(parts: readonly string[], subtype: "plain" | "html"): string {
  const part = parts.find((one) => one.split("\r\n\r\n", 1)[0]?.toLowerCase().includes(`text/${subtype}`));
  return part === undefined ? "" : decode(part.slice(part.indexOf("\r\n\r\n") + 4));
}

/** RFC 2045 §6.7, for what `quotedPrintable` writes. */
function decode(encoded: string): string {
  const plain = encoded.replace(/=\r\n/g, "").replaceAll("\r\n", "\n");
  const text = plain.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
