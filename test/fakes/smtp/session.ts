import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Certificate } from "./certificate.ts";
import type { Fault, Faults, Place } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { createLogin } from "./login.ts";

/** What the server offers; may change between connections. */
export interface Manners {
  readonly pipelining: boolean;
  readonly starttls: boolean;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** Mechanisms of AUTH; empty: none. */
  readonly auth: readonly ("PLAIN" | "LOGIN" | "CRAM-MD5")[];
  readonly user: string;
  readonly password: string;
  /** MAIL before a login is answered 530. */
  readonly authRequired: boolean;
  readonly size: number | null;
  /** Without: EHLO is an unknown command. */
  readonly ehlo: boolean;
  /** The first try of each recipient is answered 451. */
  readonly greylist: boolean;
  /** Resend's idempotency header is known. */
  readonly keys: boolean;
  /** Host in the certificate, and whether its time is over. */
  readonly certificate: { readonly host: string; readonly expired: boolean };
  /** DATA gets 354 although no recipient was taken. */
  readonly askForNobody: boolean;
}

/** One connection as it went. */
export interface Logged {
  readonly number: number;
  tls: boolean;
  closed: boolean;
  /** What was said, in order; bytes of mails are in it too, one character per byte. */
  readonly said: { readonly by: "client" | "server"; readonly text: string }[];
  /** Where the client broke the protocol. */
  readonly faults: string[];
}

/** What all connections share. */
export interface World {
  readonly manners: () => Manners;
  readonly certificate: () => Certificate;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly greylisted: Set<string>;
  readonly keepTalk: boolean;
}

interface Transaction {
  from: string | null;
  to: string[];
}

const longestTalk = 4_000_000;

/** Serves one connection, and judges what the client says by the letter of RFC 5321. */
export function serveConnection(plain: Socket, world: World, log: Logged): void {
  const manners = world.manners();
  let socket: Socket = plain;
  let rest: Buffer = Buffer.alloc(0);
  let inBody = false;
  let struck = false;
  let silent = false;
  let talk = 0;
  /** What is to be said behind an answer under way; null when there is none. */
  let dripping: string | null = null;
  let transaction: Transaction = { from: null, to: [] };
  const login = createLogin(manners);

  function note(by: "client" | "server", text: string): void {
    talk += text.length;
    if (world.keepTalk && talk < longestTalk) log.said.push({ by, text });
  }

  function blame(what: string): void {
    if (log.faults.length < 50) log.faults.push(what);
  }

  function answer(text: string): void {
    if (silent || socket.destroyed) return;
    // Answers keep their order, also behind one that takes its time.
    if (dripping !== null) dripping += `${text}\r\n`;
    else put(`${text}\r\n`);
  }

  function put(text: string): void {
    note("server", text);
    socket.write(text, "latin1");
  }

  function drip(text: string, every: number): void {
    let left = `${text}\r\n`;
    dripping = "";
    const timer = setInterval(() => {
      put(left.slice(0, 1));
      left = left.slice(1);
      if (left !== "" || dripping === null) return;
      clearInterval(timer);
      if (dripping !== "") put(dripping);
      dripping = null;
    }, every);
    socket.on("close", () => clearInterval(timer));
  }

  /** The usual answer, or what the script has in its place; true when the usual course goes on. */
  function reply(at: Place, usual: string): boolean {
    const fault = world.faults.take(at, transaction.to.at(-1) ?? null);
    if (fault === null) {
      answer(usual);
      return true;
    }
    strike(fault, usual);
    return goesOn(fault);
  }

  function strike(fault: Fault, usual: string): void {
    switch (fault.kind) {
      case "reply":
        answer(fault.text ?? "");
        return;
      case "bye":
        answer(fault.text ?? "");
        silent = true;
        socket.end();
        return;
      case "drop":
        silent = true;
        if (socket === plain) plain.resetAndDestroy();
        else socket.destroy();
        return;
      case "hang":
        silent = true;
        return;
      case "drip":
        drip(fault.text ?? usual, fault.every ?? 5);
        return;
      default:
        fault.kind satisfies never;
    }
  }

  function hear(data: Buffer): void {
    note("client", data.toString("latin1"));
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    if (silent) return;
    while (!silent && (inBody ? readBody() : readCommand()));
  }

  function readBody(): boolean {
    if (!struck) {
      const fault = world.faults.take("body", transaction.to.at(-1) ?? null);
      if (fault !== null) {
        struck = true;
        strike(fault, "");
        return false;
      }
    }
    const end = rest.length >= 3 && rest.subarray(0, 3).equals(Buffer.from(".\r\n")) ? -2 : rest.indexOf("\r\n.\r\n");
    if (end === -1) return false;
    const body = rest.subarray(0, end + 2);
    rest = rest.subarray(end + 5);
    inBody = false;
    struck = false;
    finish(body);
    return rest.length > 0;
  }

  function finish(body: Buffer): void {
    checkBody(body, blame);
    const { from, to } = transaction;
    const fault = world.faults.take("dot", to.at(-1) ?? null);
    if (to.length === 0) answer("554 5.5.1 No valid recipients");
    else if (fault !== null && fault.accept !== true) strike(fault, "250 2.0.0 Ok");
    else {
      const raw = body.toString("latin1").replace(/(^|\r\n)\.\./g, "$1.");
      const header = (name: string) =>
        new RegExp(`^${name}: *([^\r\n]*)`, "im").exec(raw.split("\r\n\r\n")[0] ?? "")?.[1];
      const messageId = header("Message-ID")?.replace(/^<|>$/g, "") ?? "";
      const key = header("Resend-Idempotency-Key") ?? null;
      const sent = { sender: from ?? "", messageId, key, raw };
      const ids = to.map((recipient) => world.ledger.accept({ ...sent, recipient }, manners.keys));
      const usual = `250 2.0.0 Ok: queued as ${ids.join(",")}`;
      if (fault === null) answer(usual);
      else strike(fault, usual);
    }
    transaction = { from: null, to: [] };
  }

  function readCommand(): boolean {
    const end = rest.indexOf("\n");
    if (end === -1) return false;
    const line = rest.toString("latin1", 0, end + 1);
    rest = rest.subarray(end + 1);
    const command = line.replace(/\r?\n$/, "");
    checkCommand(line, login.pending(), blame);
    if (rest.length > 0 && !manners.pipelining) blame(`more behind ${command.slice(0, 20)} without PIPELINING`);
    if (login.pending()) answer(login.take(command));
    else obey(command);
    return rest.length > 0 && !silent;
  }

  function obey(command: string): void {
    const [verb = ""] = command.toUpperCase().split(" ");
    const alone = rest.length > 0 && !/^(?:MAIL|RCPT|RSET)$/.test(verb);
    if (alone) blame(`more behind ${verb}, which must be the last of its group`);
    switch (verb) {
      case "EHLO":
        if (manners.ehlo) reply("ehlo", offers());
        else answer("500 5.5.2 Unknown command");
        return;
      case "HELO":
        reply("helo", "250 fake");
        return;
      case "STARTTLS":
        if (reply("starttls", "220 2.0.0 Go ahead")) upgrade();
        return;
      case "AUTH":
        if (world.faults.left().some((fault) => fault.at === "auth")) reply("auth", "");
        else answer(login.begin(command));
        return;
      case "MAIL":
        mail(command);
        return;
      case "RCPT":
        rcpt(command);
        return;
      case "DATA":
        data();
        return;
      case "RSET":
        transaction = { from: null, to: [] };
        reply("rset", "250 2.0.0 Ok");
        return;
      case "NOOP":
        answer("250 2.0.0 Ok");
        return;
      case "QUIT":
        reply("quit", "221 2.0.0 Bye");
        socket.end();
        return;
      default:
        blame(`unknown command ${command.slice(0, 40)}`);
        answer("500 5.5.2 Unknown command");
    }
  }

  function offers(): string {
    const lines = [
      "fake greets you",
      ...(manners.pipelining ? ["PIPELINING"] : []),
      ...(manners.starttls && !log.tls ? ["STARTTLS"] : []),
      ...(manners.auth.length > 0 ? [`AUTH ${manners.auth.join(" ")}`] : []),
      ...(manners.size === null ? [] : [`SIZE ${manners.size}`]),
      "ENHANCEDSTATUSCODES",
      "8BITMIME",
    ];
    return lines.map((line, at) => `250${at === lines.length - 1 ? " " : "-"}${line}`).join("\r\n");
  }

  function mail(command: string): void {
    const found = /^MAIL FROM:<([^<>]*)>( SIZE=\d+)?$/i.exec(command);
    if (found === null) {
      blame(`bad MAIL: ${command}`);
      answer("501 5.5.4 Bad MAIL");
      return;
    }
    if (found[2] !== undefined && manners.size === null) blame("SIZE was not offered");
    if (transaction.from !== null) {
      blame("MAIL inside a mail");
      answer("503 5.5.1 Nested MAIL");
      return;
    }
    if (manners.authRequired && !login.done()) {
      answer("530 5.7.0 Authentication required");
      return;
    }
    if (reply("mail", "250 2.1.0 Ok")) transaction.from = found[1] ?? "";
  }

  function rcpt(command: string): void {
    const found = /^RCPT TO:<((?:"(?:[^"\\]|\\.)*"|[^<>"@\s]+)@[^<>@\s]+)>$/i.exec(command);
    if (found === null) {
      blame(`bad RCPT: ${command}`);
      answer("501 5.5.4 Bad RCPT");
      return;
    }
    if (transaction.from === null) {
      answer("503 5.5.1 MAIL first");
      return;
    }
    const to = found[1] ?? "";
    const fault = world.faults.take("rcpt", to);
    if (fault !== null) {
      strike(fault, "250 2.1.5 Ok");
      if (goesOn(fault)) transaction.to.push(to);
      return;
    }
    if (manners.greylist && !world.greylisted.has(to)) {
      world.greylisted.add(to);
      answer("451 4.7.1 Greylisted, try again later");
      return;
    }
    transaction.to.push(to);
    answer("250 2.1.5 Ok");
  }

  function data(): void {
    const none = transaction.from === null || transaction.to.length === 0;
    if (none && !manners.askForNobody) {
      answer("554 5.5.1 No valid recipients");
      return;
    }
    if (reply("data", "354 Go ahead")) inBody = true;
  }

  function upgrade(): void {
    socket.off("data", hear);
    secure();
  }

  function secure(): void {
    const fault = world.faults.take("tls", null);
    if (fault !== null) {
      strike(fault, "");
      return;
    }
    const { key, cert } = world.certificate();
    const secured = new TLSSocket(plain, { isServer: true, key, cert });
    secured.on("error", () => undefined);
    secured.once("secure", () => {
      log.tls = true;
      if (manners.implicitTls) greet();
    });
    socket = secured;
    transaction = { from: null, to: [] };
    secured.on("data", hear);
  }

  function greet(): void {
    reply("greeting", "220 fake ESMTP");
  }

  plain
    .on("error", () => undefined)
    .on("close", () => {
      log.closed = true;
    });
  const early = world.faults.take("connect", null);
  if (early !== null) strike(early, "220 fake ESMTP");
  else if (manners.implicitTls) secure();
  else {
    socket.on("data", hear);
    greet();
  }
}

/** Whether a fault answers that all is well. */
function goesOn({ kind, text = "2" }: Fault): boolean {
  return kind === "drip" || (kind === "reply" && /^[23]/.test(text));
}

function checkCommand(line: string, isSecret: boolean, blame: (what: string) => void): void {
  if (!line.endsWith("\r\n") || /\r(?!\n)/.test(line)) blame("a command that does not end with CRLF");
  if (/[^\x20-\x7e]/.test(line.slice(0, -2))) blame("a command with a byte that is not printable ASCII");
  if (line.length > 512 && !isSecret) blame(`a command of ${line.length} octets`);
}

/** FMT-03 on the bytes of a mail, the dot that ended it left out. */
function checkBody(body: Buffer, blame: (what: string) => void): void {
  const text = body.toString("latin1");
  if (/\r(?!\n)|(?:^|[^\r])\n/.test(text)) blame("a bare CR or LF in a mail");
  if (/[^\t\r\n\x20-\x7e]/.test(text)) blame("a byte in a mail that is not ASCII");
  if (/[^\r\n]{999}/.test(text)) blame("a line over 998 octets");
  if (/(?:^|\r\n)\.(?!\.)/.test(text)) blame("a dot that was not doubled");
}
