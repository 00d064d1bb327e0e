import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { connectSocket, describe, secureSocket } from "./connect.ts";
import { createEar, type Ear, type Fault } from "./ear.ts";
import type { Timers } from "./timers.ts";

/** A connection to a mail server: bytes out, replies in. It never throws for what the other side does. */
export interface Wire extends Pick<Ear, "ended" | "quiet" | "taken" | "reply"> {
  /** Writes the pieces and what follows them, ASCII, in one go. */
  write(pieces: readonly Uint8Array[], tail?: string): void;
  /** Resolves true once all that was written was handed to the system; false when it could not be within `ms`. */
  flushed(ms: number): Promise<boolean>;
  /** Goes on in TLS; null when it stands. Nothing must be said or heard meanwhile. */
  secure(options: ConnectionOptions, ms: number): Promise<Fault | null>;
  /** Whether it alone keeps the process alive. */
  hold(firm: boolean): void;
  /** The address that it has on this machine. */
  localAddress(): string;
  /** Says goodbye and closes; only between mails. */
  quit(): void;
  /** Tears it down at once. */
  drop(): void;
}

/** The writing half: knows when what was written has left the process. */
interface Mouth {
  write(pieces: readonly Uint8Array[], tail: string): void;
  flushed(ms: number): Promise<boolean>;
  stop(): void;
}

/** Octets: what is longer than a sheet leaves in pieces, uncopied. */
const sheetSize = 65_536;
const goodbye = Buffer.from("QUIT\r\n");
/** A server that does not answer QUIT is not waited for. */
const parting = 1_000;

/** Connects within `ms`. */
export async function connectWire(
  to: { readonly host: string; readonly port: number },
  timers: Timers,
  ms: number,
): Promise<Wire | Fault> {
  const socket = await connectSocket(to, timers, ms);
  return "kind" in socket ? socket : createWire(socket, timers);
}

function createWire(plain: Socket, timers: Timers): Wire {
  let socket = plain;
  let parted = false;
  const ear = createEar(timers, () => {
    if (!parted) socket.destroy();
    mouth.stop();
  });
  let mouth = createMouth(socket, ear, timers);
  let deafen = listen(socket, ear);

  return {
    ended: ear.ended,
    quiet: ear.quiet,
    taken: ear.taken,
    reply: ear.reply,
    write: (pieces, tail = "") => mouth.write(pieces, tail),
    flushed: (ms) => mouth.flushed(ms),
    async secure(options, ms) {
      deafen();
      const secured = await secureSocket(socket, options, timers, ms);
      if ("kind" in secured) {
        ear.end(secured);
        return secured;
      }
      socket = secured;
      mouth = createMouth(secured, ear, timers);
      deafen = listen(secured, ear);
      return null;
    },
    hold: (firm) => void (firm ? socket.ref() : socket.unref()),
    localAddress: () => plain.localAddress ?? "",
    quit() {
      if (ear.ended() !== null) return;
      deafen();
      parted = true;
      const leaving = socket;
      leaving.on("error", () => undefined).resume();
      leaving.end(goodbye);
      setTimeout(() => leaving.destroy(), parting).unref();
      ear.end({ kind: "dropped", reason: "The connection was ended", code: "" });
    },
    drop: () => ear.end({ kind: "dropped", reason: "The connection was given up", code: "" }),
  };
}

/** Hands to the ear what comes, until the function that comes back is called. */
function listen(socket: Socket, ear: Ear): () => void {
  const closed = (): void => ear.end({ kind: "closed", reason: "The mail server closed the connection", code: "" });
  const failed = (error: Error): void =>
    ear.end({ kind: "closed", ...describe(error, "The connection to the mail server broke off") });
  socket.on("data", ear.hear).on("error", failed).on("end", closed).on("close", closed);
  return () => void socket.off("data", ear.hear).off("error", failed).off("end", closed).off("close", closed);
}

function createMouth(socket: Socket, ear: Ear, timers: Timers): Mouth {
  let unsent = 0;
  let flushing: (() => void) | null = null;
  let sheet: Buffer | null = null;

  function sent(error?: Error | null): void {
    if (error) return;
    unsent -= 1;
    if (unsent === 0) flushing?.();
  }

  /** A mail in one piece: half the cost of a write for each, and one record each in TLS. */
  function writeSheet(pieces: readonly Uint8Array[], tail: string): void {
    sheet ??= Buffer.allocUnsafeSlow(sheetSize);
    let end = 0;
    for (const piece of pieces) {
      sheet.set(piece, end);
      end += piece.length;
    }
    end += sheet.write(tail, end, "latin1");
    socket.write(sheet.subarray(0, end), sent);
  }

  function writePieces(pieces: readonly Uint8Array[], tail: string): void {
    const all = tail === "" ? pieces : [...pieces, Buffer.from(tail, "latin1")];
    socket.cork();
    for (const [place, piece] of all.entries()) {
      if (place < all.length - 1) socket.write(piece);
      else socket.write(piece, sent);
    }
    socket.uncork();
  }

  return {
    write(pieces, tail) {
      if (ear.ended() !== null) return;
      // The sheet is written over only once the system has taken what stood on it.
      const isFree = unsent === 0;
      unsent += 1;
      if (isFree && sizeOf(pieces) + tail.length <= sheetSize) writeSheet(pieces, tail);
      else writePieces(pieces, tail);
    },
    flushed(ms) {
      if (ear.ended() !== null || socket.writableLength === 0) return Promise.resolve(ear.ended() === null);
      return new Promise((resolve) => {
        const stop = timers.after(ms, () =>
          ear.end({ kind: "timeout", reason: `The mail server took nothing for ${Math.round(ms)} ms`, code: "" }),
        );
        flushing = () => {
          flushing = null;
          stop();
          resolve(ear.ended() === null && unsent === 0);
        };
      });
    },
    stop: () => flushing?.(),
  };
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  let size = 0;
  for (const { length } of pieces) size += length;
  return size;
}
