/** A name as it may be printed in a mail: one line, at most 100 characters, nothing that looks like a link (I8). */
export function cleanName(name: string): string {
  const line = name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  return /:\/\/|www\.|@|\p{L}[\p{L}\p{N}-]*\.\p{L}{2,}/iu.test(line) ? "" : [...line].slice(0, 100).join("");
}
