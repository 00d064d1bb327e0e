// Takes mails by SMTP as fast as they come, and keeps nothing: node bench/smtp-sink.ts [--no-pipelining]; ends when its input
// ends. Its first line names the port, and a URL at which GET / tells mails and bytes since the last
// time it was asked, and when the first of them came.
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";

const offers = process.argv.includes("--no-pipelining") ? "250 sink\r\n" : "250-sink\r\n250 PIPELINING\r\n";
const endOfMail = Buffer.from("\r\n.\r\n");
const lineEnd = 10;
let mails = 0;
let bytes = 0;
/** Ms UTC of the first mail; 0: none came. */
let first = 0;

function answerTo(verb: string): string {
  switch (verb) {
    case "EHLO":
      return offers;
    case "DATA":
      return "354 go\r\n";
    case "QUIT":
      return "221 bye\r\n";
    default:
      return "250 ok\r\n";
  }
}

function serve(socket: Socket): void {
  let rest: Buffer | null = null;
  let inMail = false;
  socket.setNoDelay(true).on("error", () => socket.destroy());
  socket.write("220 sink ESMTP\r\n");
  socket.on("data", (data: Buffer) => {
    bytes += data.length;
    let input: Buffer = rest === null ? data : Buffer.concat([rest, data]);
    rest = null;
    let answers = "";
    while (input.length > 0) {
      if (inMail) {
        const end = input.indexOf(endOfMail);
        if (end === -1) {
          // Only the beginning of a mail's end may matter once more bytes have come.
          rest = input.subarray(-endOfMail.length + 1);
          break;
        }
        inMail = false;
        mails += 1;
        answers += `250 2.0.0 Ok: queued as ${mails}\r\n`;
        input = input.subarray(end + endOfMail.length);
      } else {
        const end = input.indexOf(lineEnd);
        if (end === -1) {
          rest = input;
          break;
        }
        const verb = input.toString("latin1", 0, 4).toUpperCase();
        answers += answerTo(verb);
        inMail = verb === "DATA";
        if (inMail && first === 0) first = Date.now();
        input = input.subarray(end + 1);
      }
    }
    if (answers !== "") socket.write(answers, "latin1");
  });
}

const counts = createHttpServer((_, response) => {
  const answer = JSON.stringify({ mails, bytes, first });
  mails = 0;
  bytes = 0;
  first = 0;
  response.writeHead(200, { "content-type": "application/json" }).end(answer);
});
const server = createServer(serve);
server.listen(0, "127.0.0.1", () => {
  counts.listen(0, "127.0.0.1", () => {
    const [port, web] = [server, counts].map((one) => (one.address() as AddressInfo).port);
    console.log(`${port} http://127.0.0.1:${web}`);
  });
});
process.stdin.resume().once("end", () => process.exit(0));
