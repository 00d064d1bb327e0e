/** How a link's target reads once checked: where it leads, or why it cannot stand in a mail. */
export type Target =
  | { readonly url: string; readonly warning: string | null }
  | { readonly fault: string; readonly hint: string };

/** Hosts that hide where a link leads; filters punish them (FMT-27). */
const shorteners: ReadonlySet<string> = new Set(
  (
    "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly t.ly rb.gy rebrand.ly cutt.ly shorturl.at tiny.cc lnkd.in " +
    "bl.ink dlvr.it ift.tt v.gd s.id short.io trib.al"
  ).split(" "),
);

/** Checks a link or picture source (FMT-27). A single leading slash is resolved against `publicUrl` (I9). */
export function readTarget(raw: string, publicUrl: string, what: "link" | "picture"): Target {
  const target = raw.startsWith("/") && !/^\/[/\\]/.test(raw) ? publicUrl + raw : raw;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(target)?.[1]?.toLowerCase();
  if (scheme === undefined) return relative(raw, what);
  if (scheme === "mailto" && what === "link") return readMailto(target);
  if (scheme !== "https" && scheme !== "http") {
    return { fault: `A ${what} cannot use "${scheme}:".`, hint: `Use an address that begins with https://.` };
  }
  return readWeb(target, scheme, publicUrl, what);
}

function relative(raw: string, what: string): Target {
  const hint = "Write the whole address, or begin with one slash for a page of this site: /n/morning.";
  if (raw === "") return { fault: `This ${what} has no target.`, hint };
  return { fault: `"${clip(raw)}" is not a whole address, so it leads nowhere from a mail.`, hint };
}

function readMailto(target: string): Target {
  if (/^mailto:[^@\s?]+@[^@\s?]+\.[^@\s?]+(\?\S*)?$/i.test(target)) return { url: target, warning: null };
  return { fault: `"${clip(target)}" is not a mail address.`, hint: "Write mailto:editor@example.com." };
}

function readWeb(target: string, scheme: string, publicUrl: string, what: string): Target {
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !/^https?:\/\/[^/\\]/i.test(target)) {
    return { fault: `"${clip(target)}" is not a valid address.`, hint: "Check its spelling." };
  }
  if (url.username !== "" || url.password !== "") {
    return { fault: `A ${what} must not carry a user name or password.`, hint: "Remove the part before the @." };
  }
  if (scheme === "http" && !publicUrl.startsWith("http://")) {
    return { fault: `"${clip(target)}" is not encrypted.`, hint: "Begin with https://." };
  }
  const short = shorteners.has(url.hostname.replace(/^www\./, ""));
  const warning = short ? `${url.hostname} hides where the link leads, and spam filters distrust it.` : null;
  return { url: target, warning };
}

/** The host that a link's visible text claims to lead to, or null when the text is no address. */
export function claimedHost(text: string): string | null {
  const shown = text.trim();
  if (shown.length > 300) return null;
  const match = /^(https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?([/?#]\S*)?$/i.exec(shown);
  const host = match?.[2]?.toLowerCase();
  if (host === undefined) return null;
  // "Node.js" is a name and no address: without scheme, path or www, only well-known endings count.
  const plain = match?.[1] === undefined && match?.[3] === undefined && !host.startsWith("www.");
  if (plain && !/\.(com|org|net|info|io|eu|uk|de|at|ch|fr|it|es|nl|news|gov|edu)$/.test(host)) return null;
  return host.replace(/^www\./, "");
}

/** The host of a checked address, without "www.". */
export function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, "") : null;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
