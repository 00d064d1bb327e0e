import { appendFileSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { diskFolder } from "../../world/scratch.ts";
import { type FakeSmtp, startFakeSmtp } from "./start.ts";

let fake: FakeSmtp;
beforeAll(async () => {
  fake = await startFakeSmtp();
});
beforeEach(() => fake.reset());
afterAll(() => fake.stop());

interface Line {
  /** Writes, and resolves with all that was said since, once it ends with a line of this code or the connection is closed. */
  say(text: string, code: string): Promise<string>;
  readonly socket: Socket;
}

async function dial(port = fake.port): Promise<Line> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let heard = "";
  let told: () => void = () => undefined;
  socket.on("error", () => undefined).on("close", () => told());
  socket.on("data", (data) => {
    heard += data;
    told();
  });
  async function until(code: string): Promise<string> {
    while (!new RegExp(`(^|\n)${code}[^\n]*\r\n$`).test(heard) && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
    const said = heard;
    heard = "";
    return said;
  }
  await until("220 ");
  return {
    socket,
    say: (text, code) => {
      socket.write(text);
      return until(code);
    },
  };
}

const mail = (to: string, body = "Subject: x\r\n\r\nhello\r\n"): string =>
  `MAIL FROM:<a@post.tld>\r\nRCPT TO:<${to}>\r\nDATA\r\n${body}.\r\n`;

async function deliver(line: Line, to: string, body?: string): Promise<string> {
  const [opening = "", rest = ""] = mail(to, body).split("DATA\r\n");
  await line.say(`${opening}DATA\r\n`, "354 ");
  return line.say(rest, "[245]");
}

describe("the fake mail server", () => {
  test("accepts a mail once its end was read, and keeps every byte of it", async () => {
    const line = await dial();
    await line.say("EHLO me\r\n", "250 ");
    expect(await deliver(line, "b@post.tld", "Message-ID: <1@x>\r\n\r\n..a\r\nb\r\n")).toMatch(/^250 /);
    const { mails } = await fake.ledger();
    expect(mails).toMatchObject([
      { recipient: "b@post.tld", sender: "a@post.tld", messageId: "1@x", raw: "Message-ID: <1@x>\r\n\r\n.a\r\nb\r\n" },
    ]);
    line.socket.destroy();
  });

  test("finds fault with a client that breaks the protocol", async () => {
    await fake.set({ pipelining: false });
    const line = await dial();
    await line.say("EHLO me\n", "250 ");
    await line.say("MAIL FROM:<a@post.tld>\r\nRCPT TO:<b@post.tld>\r\n", "250 ");
    await line.say("RCPT TO:<b@post.tld> <c@post.tld>\r\n", "501 ");
    await line.say("DATA\r\n", "354 ");
    await line.say(`a\nb\r\n.c\r\n\xfc\r\n${"x".repeat(999)}\r\n.\r\n`, "250 ");
    const [talk] = await fake.talks();
    expect(talk?.faults).toEqual([
      "a command that does not end with CRLF",
      "more behind MAIL FROM:<a@post.tl without PIPELINING",
      "bad RCPT: RCPT TO:<b@post.tld> <c@post.tld>",
      "a bare CR or LF in a mail",
      "a byte in a mail that is not ASCII",
      "a line over 998 octets",
      "a dot that was not doubled",
    ]);
    line.socket.destroy();
  });

  test("lets scripted faults strike once each, in order, by recipient, and after those that it lets pass", async () => {
    await fake.fault(
      { at: "rcpt", kind: "reply", text: "550 5.1.1 No", to: "c@post.tld" },
      { at: "mail", kind: "reply", text: "451 4.3.0 No", skip: 1 },
    );
    const line = await dial();
    await line.say("EHLO me\r\n", "250 ");
    expect(await deliver(line, "b@post.tld")).toMatch(/^250 /);
    expect(await line.say("MAIL FROM:<a@post.tld>\r\n", "451 ")).toBe("451 4.3.0 No\r\n");
    await line.say("MAIL FROM:<a@post.tld>\r\n", "250 ");
    expect(await line.say("RCPT TO:<c@post.tld>\r\n", "550 ")).toBe("550 5.1.1 No\r\n");
    expect(await fake.faultsLeft()).toEqual([]);
    line.socket.destroy();
  });

  test("keeps its ledger through a crash: what it answered for is there, half a line is not", async () => {
    const folder = diskFolder("fake-smtp-test");
    const ledger = join(folder, "ledger.jsonl");
    const first = await startFakeSmtp({ ledger });
    const line = await dial(first.port);
    await line.say("EHLO me\r\n", "250 ");
    await deliver(line, "b@post.tld");
    await first.kill();
    appendFileSync(ledger, '{"seq":2,"recipient":"c@po');
    const second = await startFakeSmtp({ ledger });
    expect((await second.ledger()).perRecipient).toEqual({ "b@post.tld": 1 });
    const again = await dial(second.port);
    await again.say("EHLO me\r\n", "250 ");
    await deliver(again, "d@post.tld");
    await second.stop();
    const lines = readFileSync(ledger, "utf8").trimEnd().split("\n");
    expect(lines.map((entry) => JSON.parse(entry).recipient)).toEqual(["b@post.tld", "d@post.tld"]);
  });
});
