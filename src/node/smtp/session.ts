import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { MailServer } from "../../mail-server.ts";
import { isLoopback } from "../../networks.ts";
import type { Ended } from "../../provider/contract.ts";
import { helloName, type Offers, readOffers } from "../../provider/smtp/commands.ts";
import { expected, judge, type Phase } from "../../provider/smtp/table.ts";
import { planLogin, withoutSecrets } from "./auth.ts";
import type { Fault } from "./ear.ts";
import { limits, type Timers, type Watch } from "./timers.ts";
import { tlsRemedy } from "./tls.ts";
import { connectWire, type Wire } from "./wire.ts";

/** What it takes to reach a server. */
export interface Line {
  readonly server: MailServer;
  readonly tls: ConnectionOptions;
  /** A public name of ours, if there is one. */
  readonly name: string | null;
  readonly timers: Timers;
}

/** A connection on which mails may begin. */
export interface Session {
  readonly wire: Wire;
  readonly offers: Offers;
  /** Mails whose bytes it has asked for. */
  mails: number;
  /** No mail has been begun that RSET would have to take back. */
  clean: boolean;
  /** The server has accepted a mail on it. */
  proven: boolean;
}

/** Carries the reason out of any depth of the dialogue. */
class Broken extends Error {
  readonly ended: Ended;
  constructor(ended: Ended) {
    super(ended.reason);
    this.ended = ended;
  }
}

/** Connects, goes over to TLS and logs in. Nothing of a mail has left when it cannot. */
export async function openSession(line: Line, watch: Watch): Promise<Session | Ended> {
  const wire = await connectWire(line.server, line.timers, watch.wait(limits.connect));
  if ("reason" in wire) return endedBy(wire);
  try {
    const offers = await introduce(wire, line, watch);
    return { wire, offers, mails: 0, clean: true, proven: false };
  } catch (error) {
    wire.quit();
    if (error instanceof Broken) return error.ended;
    throw error;
  }
}

/** What the end of a connection means for what had not left yet. */
export function endedBy(fault: Fault | null): Ended {
  const remedy = fault?.kind === "tls" ? tlsRemedy(fault) : null;
  const reason = `${fault?.reason ?? "The connection ended"}.`;
  return remedy === null ? { result: "retry", reason } : { result: "halt", reason: `${reason} ${remedy}` };
}

async function introduce(wire: Wire, line: Line, watch: Watch): Promise<Offers> {
  const { tls, login } = line.server;
  if (tls === "implicit") await secure(wire, line, watch);
  await greeting(wire, line, watch);
  let offers = await hello(wire, line, watch);
  if (tls === "starttls") {
    if (!offers.starttls) {
      const hint = "Use smtps://, or ?tls=off in SMTP_URL if mails may cross the network in the clear.";
      throw halt(`The mail server offers no STARTTLS, so nothing was sent. ${hint}`);
    }
    await ask(wire, watch, "starttls", "STARTTLS");
    // Bytes that came before TLS would be taken for the server's own (CVE-2011-0411).
    if (!wire.quiet())
      throw retry("The mail server said more before TLS than it was asked; somebody may have added it.");
    await secure(wire, line, watch);
    offers = await hello(wire, line, watch);
  }
  if (login !== null) await logIn(wire, line, watch, login, offers);
  return offers;
}

async function greeting(wire: Wire, line: Line, watch: Watch): Promise<void> {
  const reply = await wire.reply(watch.wait());
  if (reply === null) {
    const ended = endedBy(wire.ended());
    const hint = " Where TLS begins at once, as on port 465, SMTP_URL starts with smtps://.";
    const isMute = wire.ended()?.kind === "timeout" && line.server.tls !== "implicit";
    throw new Broken(isMute ? { ...ended, reason: ended.reason + hint } : ended);
  }
  check(judge("greeting", reply));
}

async function hello(wire: Wire, line: Line, watch: Watch): Promise<Offers> {
  const name = helloName(line.name, wire.localAddress());
  say(wire, `EHLO ${name}`);
  const reply = await wire.reply(watch.wait());
  if (reply === null) throw new Broken(endedBy(wire.ended()));
  if (expected("hello", reply)) return readOffers(reply.lines);
  // RFC 5321 §4.1.1.1: servers from before EHLO call it unknown; any other refusal they would repeat.
  if (reply.code < 500 || reply.code === 530) check(judge("hello", reply));
  await ask(wire, watch, "hello", `HELO ${name}`);
  return readOffers([]);
}

async function secure(wire: Wire, line: Line, watch: Watch): Promise<void> {
  const fault = await wire.secure(line.tls, watch.wait());
  if (fault !== null) throw new Broken(endedBy(fault));
}

async function logIn(
  wire: Wire,
  line: Line,
  watch: Watch,
  login: { readonly user: string; readonly password: string },
  offers: Offers,
): Promise<void> {
  const { host, tls } = line.server;
  const isPrivate = tls !== "off" || isLoopback(`http://${isIP(host) === 6 ? `[${host}]` : host}/`);
  const plan = planLogin(offers.auth, login, isPrivate);
  if (plan === null) {
    const offered = offers.auth.length === 0 ? "offers no login" : `offers ${offers.auth.join(", ")} only`;
    const why = isPrivate ? "" : ", and without TLS a password must not be shown";
    throw halt(`The mail server ${offered}${why}. Check SMTP_URL.`);
  }
  say(wire, plan.command);
  for (let round = 0; ; round += 1) {
    const reply = await wire.reply(watch.wait());
    if (reply === null) throw new Broken(endedBy(wire.ended()));
    if (reply.code !== 334) {
      const { verdict, reason } = judge("auth", reply);
      return check({ verdict, reason: withoutSecrets(reason, login) });
    }
    const answer = plan.answer(reply, round);
    if (answer === null) throw halt("The mail server asked more of the login than its kind has answers for.");
    say(wire, answer);
  }
}

async function ask(wire: Wire, watch: Watch, phase: Phase, command: string): Promise<void> {
  say(wire, command);
  const reply = await wire.reply(watch.wait());
  if (reply === null) throw new Broken(endedBy(wire.ended()));
  check(judge(phase, reply));
}

function say(wire: Wire, command: string): void {
  wire.write([], `${command}\r\n`);
}

function check(found: ReturnType<typeof judge>): void {
  if (found.verdict === "go") return;
  throw found.verdict === "halt" ? halt(found.reason) : retry(found.reason);
}

function halt(reason: string): Broken {
  return new Broken({ result: "halt", reason });
}

function retry(reason: string): Broken {
  return new Broken({ result: "retry", reason });
}
