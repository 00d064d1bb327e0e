import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../../fakes/smtp/certificate.ts";

/** A Postfix of one test's own, on a loopback port, which keeps what it delivers. */
export interface Postfix {
  readonly port: number;
  /** Of the certificate that it shows for localhost. */
  readonly certificateFile: string;
  /** What has been delivered, as files of a Maildir. */
  delivered(): Buffer[];
  /** The queue as `mailq` tells it, and the log: why something did not come. */
  trouble(): string;
  stop(): void;
}

const place = "/usr/sbin/postfix";
const nobody = 65_534;

/** Whether it can be started here: it must be installed, and only root may start it. */
export const isPostfixHere = existsSync(place) && process.getuid?.() === 0;

/** Starts it with a configuration folder, a queue and a log of its own, and waits until it answers. */
export async function startPostfix(domains: readonly string[]): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), "tidings-postfix-"));
  chmodSync(folder, 0o755);
  const at = (name: string): string => join(folder, name);
  for (const name of ["conf", "queue", "data", "mail"]) mkdirSync(at(name));
  chownSync(at("mail"), nobody, nobody);
  execFileSync("chown", ["postfix", at("data")]);
  const port = await freePort();
  const day = 86_400_000;
  const { key, cert } = selfSigned("localhost", Date.now() - day, Date.now() + day);
  writeFileSync(at("cert.pem"), cert);
  writeFileSync(at("key.pem"), key, { mode: 0o600 });
  writeFileSync(at("conf/main.cf"), settings(at, domains));
  writeFileSync(at("conf/master.cf"), services(port));
  const postfix = (...args: string[]) => execFileSync(place, ["-c", at("conf"), ...args], { stdio: "pipe" });
  postfix("start");
  const own: Postfix = {
    port,
    certificateFile: at("cert.pem"),
    delivered: () => {
      const inbox = at("mail/inbox/new");
      return existsSync(inbox) ? readdirSync(inbox).map((name) => readFileSync(join(inbox, name))) : [];
    },
    trouble: () => {
      const queue = execFileSync("/usr/sbin/postqueue", ["-c", at("conf"), "-p"], { encoding: "utf8" });
      return `${queue}\n${existsSync(at("log")) ? readFileSync(at("log"), "utf8").slice(-4_000) : "no log"}`;
    },
    stop: () => {
      postfix("abort");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await answering(port);
    return own;
  } catch (fault) {
    own.stop();
    throw fault;
  }
}

function settings(at: (name: string) => string, domains: readonly string[]): string {
  return `compatibility_level = 3.6
queue_directory = ${at("queue")}
data_directory = ${at("data")}
maillog_file = ${at("log")}
maillog_file_prefixes = ${at("")}
myhostname = mx.postfix.tld
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
virtual_mailbox_domains = ${domains.join(", ")}
virtual_mailbox_base = ${at("mail")}
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 100
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${at("key.pem")}, ${at("cert.pem")}
smtpd_relay_restrictions = reject_unauth_destination
message_size_limit = 1000000
default_process_limit = 20
`;
}

function services(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
showq unix n - n - - showq
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function answering(port: number): Promise<void> {
  const until = Date.now() + 20_000;
  while (!(await greets(port))) {
    if (Date.now() > until) throw new Error("Postfix does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false)).on("close", () => resolve(false));
    socket.once("data", (data) => {
      resolve(data.toString("latin1").startsWith("220"));
      socket.destroy();
    });
  });
}
