import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, createSecureContext, type SecureContext } from "node:tls";
import { AppError } from "../../errors.ts";
import type { MailServer } from "../../mail-server.ts";
import type { Fault } from "./ear.ts";

/** How TLS is spoken with a server: its certificate is always verified. Throws `misconfigured` for a `?ca=` without any. */
export function tlsOptions(server: MailServer): ConnectionOptions {
  return {
    host: server.host,
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    secureContext: trustIn(server.ca),
    rejectUnauthorized: true,
  };
}

function trustIn(file: string | null): SecureContext {
  try {
    const ca = file === null ? undefined : readFileSync(file, "utf8");
    if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) throw new Error("no PEM certificate in it");
    return createSecureContext({ minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) });
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    throw new AppError("misconfigured", `The certificates of SMTP_URL (?ca=${file}) cannot be used: ${why}.`, {
      field: "SMTP_URL",
      hint: "Name a file of PEM certificates, or leave ?ca= out to trust the system's.",
    });
  }
}

const certificateFaults =
  /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED)/;
const dialectFaults =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE/;

/** What a person must mend before TLS can stand; null for what may pass by itself. */
export function tlsRemedy(fault: Fault): string | null {
  if (certificateFaults.test(fault.code)) {
    return "Its certificate must be valid for the host in SMTP_URL; ?ca=FILE names an authority of your own.";
  }
  if (dialectFaults.test(fault.code)) {
    return "It may not speak TLS on this port: smtps:// is for port 465, smtp:// for STARTTLS on 587 or 25.";
  }
  return null;
}
