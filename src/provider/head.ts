/** What the header section of a kept message says, decoded for display. */
export interface Head {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

/** Reads From, To and Subject from the beginning of a message; a cut-off or odd header reads as what is there. */
export function readHead(start: Uint8Array): Head {
  const text = new TextDecoder().decode(start).split(/\r?\n\r?\n/, 1)[0] ?? "";
  const lines = text.replace(/\r?\n(?=[ \t])/g, "").split(/\r?\n/);
  const find = (name: string): string => {
    const line = lines.find((entry) => entry.slice(0, name.length + 1).toLowerCase() === `${name}:`) ?? "";
    return decodeWords(line.slice(name.length + 1).trim());
  };
  return { from: find("from"), to: find("to"), subject: find("subject") };
}

const word = /=\?([^?\s]{1,40})\?([bq])\?([^?\s]*)\?=/gi;

/** Decodes RFC 2047 encoded-words; whitespace between two of them is not text (§6.2). */
export function decodeWords(text: string): string {
  return text
    .replace(/(\?=)[ \t]+(?==\?[^?\s]{1,40}\?[bq]\?)/gi, "$1")
    .replace(word, (whole, charset: string, encoding: string, payload: string) => {
      try {
        const bytes = encoding.toLowerCase() === "b" ? fromBase64(payload) : fromQ(payload);
        return new TextDecoder(charset).decode(bytes);
      } catch {
        // An unknown charset or broken base64: the reader sees the raw word, as mail programs show it.
        return whole;
      }
    });
}

function fromBase64(payload: string): Uint8Array {
  return Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
}

function fromQ(payload: string): Uint8Array {
  const plain = payload.replaceAll("_", " ").replace(/=([0-9a-f]{2})/gi, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}
