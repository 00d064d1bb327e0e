import { isLoopback } from "./networks.ts";

type Parsed<T> = { value: T } | { fault: string };

/** A mail server as SMTP_URL names it. */
export interface MailServer {
  /** In A-labels, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `starttls`: by STARTTLS or not at all; `off`: in the clear. */
  readonly tls: "implicit" | "starttls" | "off";
  readonly login: { readonly user: string; readonly password: string } | null;
  /** File of the certificates to trust in place of the system's. */
  readonly ca: string | null;
}

const smtpShape = "must look like smtps://USER:PASSWORD@HOST or smtp://HOST:PORT";
const smtpEscapes =
  "cannot be read: in user and password write each of : / ? # [ ] @ % and what is not ASCII percent-encoded (@ as %40)";
const portFault = "names a port that is none: it must be a number from 1 to 65535";

/** Reads SMTP_URL; null for an empty one. No fault repeats what was given: it holds a password. */
export function mailServer(value: string): Parsed<MailServer | null> {
  if (value === "") return { value: null };
  if (!/^smtps?:\/\//i.test(value)) return { fault: smtpShape };
  const url = URL.parse(value);
  if (url === null && isPortAtFault(value)) return { fault: portFault };
  if (url === null || !/^\/?$/.test(url.pathname) || url.hash !== "") return { fault: smtpEscapes };
  const host = hostOf(url.hostname);
  if (host === null) return { fault: `${smtpShape}; its host is none` };
  const login = loginOf(url);
  if ("fault" in login) return login;
  const fault = queryFault(url);
  if (fault !== null) return { fault };
  const implicit = url.protocol === "smtps:";
  const asked = url.searchParams.get("tls") ?? (isLoopback(`http://${url.hostname}/`) ? "off" : "starttls");
  const tls = implicit ? "implicit" : asked === "off" ? "off" : "starttls";
  const ca = url.searchParams.get("ca");
  if (tls === "off" && ca !== null) return { fault: "names certificates with ?ca= although TLS is off" };
  const port = url.port === "" ? (implicit ? 465 : 587) : Number(url.port);
  return port === 0 ? { fault: portFault } : { value: { host, port, tls, login: login.value, ca } };
}

/** The URL parser does not say what it stumbled over: here it was the port if the address can be read without it. */
function isPortAtFault(value: string): boolean {
  const [, before = "", after = ""] =
    /^([^/]+\/\/(?:[^/?#]*@)?(?:\[[^\]]*\]|[^:/?#@]+)):[^/?#@]*([/?#][^@]*)?$/.exec(value) ?? [];
  return before !== "" && URL.canParse(`${before}${after}`);
}

/** The URL parser leaves hosts of other schemes than its own as they are; as one of http they become A-labels. */
function hostOf(given: string): string | null {
  const host = URL.parse(`http://${given}/`)?.hostname ?? "";
  return host === "" ? null : host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function loginOf(url: URL): Parsed<MailServer["login"]> {
  try {
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    if (user === "" && password === "") return { value: null };
    if (user === "" || password === "") return { fault: "names a user without a password, or the other way round" };
    // RFC 4616 §2: NUL parts the two.
    return `${user}${password}`.includes("\0") ? { fault: smtpEscapes } : { value: { user, password } };
  } catch {
    return { fault: smtpEscapes };
  }
}

function queryFault(url: URL): string | null {
  const tls = url.searchParams.get("tls");
  const names = [...url.searchParams.keys()];
  if (names.some((name) => name !== "tls" && name !== "ca")) return "knows ?tls= and ?ca= only";
  if (new Set(names).size !== names.length) return "has ?tls= or ?ca= twice";
  if (url.searchParams.get("ca") === "") return "has a ?ca= without a file";
  if (tls === null) return null;
  if (url.protocol === "smtps:") return "needs no ?tls=: smtps:// means TLS from the first byte";
  return /^(?:starttls|off)$/.test(tls) ? null : "takes ?tls=starttls or ?tls=off";
}
