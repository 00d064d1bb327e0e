/** Everything that XML 1.0 §2.2 knows no way to write. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text made safe for XML content and for attribute values in double quotes; what XML cannot hold is left out. */
export function escapeXml(text: string): string {
  return text.replace(unwritable, "").replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}

/** A moment as feeds and sitemaps write it (RFC 3339), from ms UTC; whole seconds. */
export function xmlTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
