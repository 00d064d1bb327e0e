import { connect, type Socket } from "node:net";

/** One mail as the bare client takes it: envelope addresses, and a message without a line that begins with a dot. */
export interface BareMail {
  readonly from: string;
  readonly to: string;
  readonly chunks: readonly Uint8Array[];
}

const replies = 4;
const lineEnd = 10;

/**
 * The least that speaks SMTP with PIPELINING (RFC 2920): commands of the next mail behind each final dot, shared bytes, one
 * write for each mail. No ledger, no TLS, no time limits. Sends what `next` gives until it gives null; resolves to how many.
 */
export function sendBare(port: number, next: () => BareMail | null): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let sent = 0;
    let mail: BareMail | null = null;
    /** Reply lines still to come before the next write. */
    let due = 1;
    let step: "greeting" | "hello" | "mails" | "end" = "greeting";

    function advance(): void {
      if (step === "greeting") {
        step = "hello";
        due = 2;
        socket.write("EHLO [127.0.0.1]\r\n");
      } else if (step === "hello") {
        step = "mails";
        mail = next();
        due = 3;
        socket.write(mail === null ? "QUIT\r\n" : commands(mail), "latin1");
        if (mail === null) due = 1;
      } else if (mail === null) {
        socket.end();
        resolve(sent);
      } else {
        const behind = next();
        pour(socket, mail, behind === null ? ".\r\nQUIT\r\n" : `.\r\n${commands(behind)}`);
        sent += 1;
        mail = behind;
        due = behind === null ? 2 : replies;
      }
    }

    socket.on("error", reject).on("data", (data: Buffer) => {
      for (let at = data.indexOf(lineEnd); at >= 0; at = data.indexOf(lineEnd, at + 1)) due -= 1;
      if (due === 0) advance();
    });
  });
}

function commands(mail: BareMail): string {
  return `MAIL FROM:<${mail.from}>\r\nRCPT TO:<${mail.to}>\r\nDATA\r\n`;
}

function pour(socket: Socket, mail: BareMail, tail: string): void {
  socket.cork();
  for (const chunk of mail.chunks) socket.write(chunk);
  socket.write(Buffer.from(tail, "latin1"));
  socket.uncork();
}
