import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { Fault } from "./ear.ts";
import type { Timers } from "./timers.ts";

/** Connects within `ms`. */
export async function connectSocket(
  to: { readonly host: string; readonly port: number },
  timers: Timers,
  ms: number,
): Promise<Socket | Fault> {
  const socket = connect({ host: to.host, port: to.port, noDelay: true, keepAlive: true });
  const what = `The mail server ${to.host}:${to.port} cannot be reached`;
  return (await standing(socket, "connect", { timers, ms, what })) ?? socket;
}

/** Goes on in TLS on a socket that nobody reads any more. */
export async function secureSocket(
  socket: Socket,
  options: ConnectionOptions,
  timers: Timers,
  ms: number,
): Promise<TLSSocket | Fault> {
  const secured = connectTls({ ...options, socket });
  const what = "TLS with the mail server failed";
  return (await standing(secured, "secureConnect", { timers, ms, what })) ?? secured;
}

/** Waits for the event by which a socket stands; null when it does. */
function standing(
  socket: Socket,
  event: "connect" | "secureConnect",
  { timers, ms, what }: { readonly timers: Timers; readonly ms: number; readonly what: string },
): Promise<Fault | null> {
  const kind = event === "connect" ? "closed" : "tls";
  return new Promise((resolve) => {
    const stop = timers.after(ms, () =>
      fail({ kind: "timeout", reason: `${what} within ${Math.round(ms)} ms`, code: "" }),
    );
    const failed = (error: Error): void => fail({ kind, ...describe(error, what) });
    const closed = (): void => fail({ kind: "closed", reason: `${what} (closed by the other side)`, code: "" });
    const stands = (): void => settle(null);
    function settle(fault: Fault | null): void {
      stop();
      socket.off(event, stands).off("error", failed).off("close", closed);
      resolve(fault);
    }
    function fail(fault: Fault): void {
      settle(fault);
      socket.on("error", () => undefined).destroy();
    }
    socket.on(event, stands).on("error", failed).on("close", closed);
  });
}

/** What a socket's error says: its codes, or its words where it has none. */
export function describe(error: Error, what: string): { reason: string; code: string } {
  // One attempt for each address of a host comes as an AggregateError.
  const causes = error instanceof AggregateError && error.errors.length > 0 ? (error.errors as Error[]) : [error];
  const codes = [...new Set(causes.map((cause) => codeOf(cause)).filter((code) => code !== ""))];
  return { reason: `${what} (${codes.join(", ") || error.message})`, code: codes[0] ?? "" };
}

function codeOf(error: Error): string {
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" ? code : "";
}
