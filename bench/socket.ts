import { connect, type Socket } from "node:net";

/** A kept connection that posts one request after the other; hardly more work than the bytes, so that the server is what is measured. */
export interface Connection {
  /** Posts a form and resolves with the status of the answer, once all of it is there. */
  post(path: string, form: string): Promise<number>;
  close(): void;
}

/** Opens a connection to an http:// address. */
export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port, host, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const answers = readAnswers(socket);
  const base = pathname.replace(/\/$/, "");
  return {
    post(path, form) {
      socket.write(
        `POST ${base}${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
          `Content-Length: ${Buffer.byteLength(form)}\r\n\r\n${form}`,
      );
      return answers();
    },
    close: () => socket.destroy(),
  };
}

/** Resolves with the status of the next answer; one is waited for at a time. */
function readAnswers(socket: Socket): () => Promise<number> {
  let held = "";
  let waiting: { resolve: (status: number) => void; reject: (fault: Error) => void } | null = null;
  const fail = (fault: Error) => waiting?.reject(fault);
  socket.setEncoding("latin1");
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server has closed the connection")));
  socket.on("data", (chunk: string) => {
    held += chunk;
    const end = endOf(held);
    if (end === null) return;
    const status = Number(held.slice(9, 12));
    held = held.slice(end);
    waiting?.resolve(status);
  });
  return () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });
}

/** Where the first answer ends (RFC 9112 §6.3); null while it is not all there. */
function endOf(text: string): number | null {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return null;
  const body = head + 4;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  if (length !== undefined) return text.length < body + Number(length) ? null : body + Number(length);
  if (!/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, head))) return body;
  const last = text.startsWith("0\r\n\r\n", body) ? body : text.indexOf("\r\n0\r\n\r\n", body) + 2;
  return last < body ? null : last + 5;
}
