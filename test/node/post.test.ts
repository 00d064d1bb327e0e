import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { createNodePost } from "../../src/node/post.ts";
import { longestAnswer, NotSent, type PostRequest } from "../../src/provider/resend/post.ts";
import { selfSigned } from "../fakes/smtp/certificate.ts";

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of open.splice(0)) await close();
});

async function listen(server: Server | TcpServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** A server of one's own behaviour, and how many connections it has had. */
async function serve(handle: RequestListener): Promise<{ url: string; connections: () => number }> {
  const server = createHttpServer(handle);
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  return { url: `http://127.0.0.1:${await listen(server)}/emails/batch`, connections: () => connections };
}

/** What comes over a bare socket, byte by byte as the handler wants it. */
async function serveTcp(handle: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => handle(socket.on("error", () => undefined)));
  return `http://127.0.0.1:${await listen(server)}/`;
}

function request(url: string, more: Partial<PostRequest> = {}): PostRequest {
  const chunks = more.chunks ?? [Buffer.from("[1,"), new Uint8Array(0), Buffer.from("2]")];
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { url, headers: { "x-key": "k1", "content-type": "application/json" }, chunks, size, timeout: 5_000, ...more };
}

async function faultOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    (answer) => Promise.reject(new Error(`there was an answer: ${JSON.stringify(answer)}`)),
    (fault: Error) => fault,
  );
}

test("the chunks arrive as one body with the headers, and the whole answer comes back", async () => {
  const seen: unknown[] = [];
  const { url } = await serve(async (incoming, response) => {
    const pieces = await incoming.toArray();
    seen.push(incoming.method, incoming.url, incoming.headers["x-key"], incoming.headers["content-length"]);
    seen.push(Buffer.concat(pieces).toString());
    response.setHeader("ratelimit-limit", "5").setHeader("set-cookie", ["a=1", "b=2"]).end('{"früh":1}');
  });
  const answer = await createNodePost()(request(url));
  expect(seen).toEqual(["POST", "/emails/batch", "k1", "5", "[1,2]"]);
  expect(answer).toMatchObject({ status: 200, body: '{"früh":1}' });
  expect(answer.headers.get("ratelimit-limit")).toBe("5");
});

test("a body of thousands of chunks arrives whole, several at a time", async () => {
  const { url } = await serve(async (incoming, response) => {
    response.end(String(Buffer.concat(await incoming.toArray()).length));
  });
  const post = createNodePost();
  const shared = Buffer.alloc(900, "x");
  const chunks = Array.from({ length: 6_000 }, (_, at) => (at % 2 === 0 ? shared : Buffer.from(String(at))));
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(request(url, { chunks, size }))));
  expect(answers.map(({ body }) => body)).toEqual(Array(20).fill(String(size)));
});

test("calls after each other share a connection, and a connection that the server has closed is not used again", async () => {
  const sockets: Socket[] = [];
  const { url, connections } = await serve((incoming, response) => {
    sockets.push(incoming.socket);
    incoming.resume().on("end", () => response.end("{}"));
  });
  const post = createNodePost();
  for (let time = 0; time < 3; time += 1) expect((await post(request(url))).status).toBe(200);
  expect(connections()).toBe(1);
  sockets[0]?.end();
  await once(sockets[0] as Socket, "close");
  expect((await post(request(url))).status).toBe(200);
  expect(connections()).toBe(2);
});

test("a redirect is an answer and is not followed", async () => {
  const paths: (string | undefined)[] = [];
  const { url } = await serve((incoming, response) => {
    paths.push(incoming.url);
    incoming.resume();
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  expect(await createNodePost()(request(url))).toMatchObject({ status: 307, body: "" });
  expect(paths).toEqual(["/emails/batch"]);
});

test.each([
  ["nobody listens", (port: number) => `http://127.0.0.1:${port}/`, /ECONNREFUSED/],
  ["there is no such host", () => "http://resend.invalid/", /ENOTFOUND|EAI_AGAIN/],
])("surely nothing was sent where %s", async (_, urlOf, message) => {
  const server = createTcpServer();
  const port = await listen(server);
  await open.pop()?.();
  const fault = await faultOf(createNodePost()(request(urlOf(port))));
  expect(fault).toBeInstanceOf(NotSent);
  expect(fault.message).toMatch(message);
});

/** A TLS server with a certificate that only it vouches for; answers each call with its number. */
async function serveTls(): Promise<{ url: string; calls: () => number; connections: () => number }> {
  const day = 86_400_000;
  let calls = 0;
  let connections = 0;
  const server = createHttpsServer(
    selfSigned("127.0.0.1", Date.now() - day, Date.now() + day),
    (incoming, response) => {
      calls += 1;
      incoming.resume().on("end", () => response.end(String(calls)));
    },
  );
  server.on("secureConnection", () => {
    connections += 1;
  });
  return { url: `https://127.0.0.1:${await listen(server)}/`, calls: () => calls, connections: () => connections };
}

test("surely nothing was sent to a server whose certificate nobody vouches for", async () => {
  const { url, calls } = await serveTls();
  const fault = await faultOf(createNodePost()(request(url)));
  expect(fault).toBeInstanceOf(NotSent);
  expect(fault.cause).toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(calls()).toBe(0);
});

test("over TLS, answers come too, on a connection that is kept", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const { url, connections } = await serveTls();
  const post = createNodePost();
  expect([(await post(request(url))).body, (await post(request(url))).body]).toEqual(["1", "2"]);
  expect(connections()).toBe(1);
});

test("surely nothing was sent to a server that speaks no TLS, or hangs up or stays silent before it does", async () => {
  for (const handle of [
    (socket: Socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    (socket: Socket) => void socket.once("data", () => socket.resetAndDestroy()),
    () => undefined,
  ]) {
    const url = (await serveTcp(handle)).replace("http:", "https:");
    expect(await faultOf(createNodePost()(request(url, { timeout: 300 })))).toBeInstanceOf(NotSent);
  }
});

test("a connection that is lost after it stood proves nothing, also a kept one before any answer", async () => {
  const losses: ((socket: Socket) => void)[] = [
    (socket) => socket.once("data", () => socket.resetAndDestroy()),
    (socket) => socket.once("data", () => socket.end()),
    (socket) => socket.once("data", () => socket.end("HTTP/1.1 2")),
    (socket) => socket.once("data", () => socket.end("nonsense\r\n\r\n")),
  ];
  for (const lose of losses) {
    const url = await serveTcp(lose);
    const fault = await faultOf(createNodePost()(request(url)));
    expect(fault).not.toBeInstanceOf(NotSent);
    expect(fault.name).toBe("TypeError");
  }
  let calls = 0;
  const { url } = await serve((incoming, response) => {
    calls += 1;
    if (calls > 1) incoming.socket.resetAndDestroy();
    else incoming.resume().on("end", () => response.end());
  });
  const post = createNodePost();
  await post(request(url));
  expect(await faultOf(post(request(url)))).not.toBeInstanceOf(NotSent);
});

test("no answer in time proves nothing", async () => {
  const { url } = await serve((incoming) => void incoming.resume());
  const fault = await faultOf(createNodePost()(request(url, { timeout: 200 })));
  expect(fault).not.toBeInstanceOf(NotSent);
  expect(fault).toMatchObject({ name: "TimeoutError", message: "no whole answer within 200 ms" });
});

test("the time limit holds for an answer that only drips, whose status is told without a body", async () => {
  const { url } = await serve((incoming, response) => {
    incoming.resume();
    response.writeHead(422).write("{");
  });
  expect(await createNodePost()(request(url, { timeout: 300 }))).toMatchObject({ status: 422, body: null });
});

test("an answer that breaks off has a status and no body", async () => {
  const { url } = await serve((incoming, response) => {
    incoming.resume();
    response.writeHead(200, { "content-length": 100 }).write("half of it", () => response.socket?.destroy());
  });
  expect(await createNodePost()(request(url))).toMatchObject({ status: 200, body: null });
});

test("an answer without end is cut off, and has no body", async () => {
  const { url } = await serve((incoming, response) => {
    incoming.resume();
    const piece = Buffer.alloc(100_000, "x");
    const more = (): void => void (response.destroyed || response.write(piece, () => setImmediate(more)));
    more();
  });
  expect(await createNodePost()(request(url))).toMatchObject({ status: 200, body: null });
  const { url: fitting } = await serve((incoming, response) => {
    incoming.resume();
    response.end("x".repeat(longestAnswer));
  });
  expect((await createNodePost()(request(fitting))).body).toHaveLength(longestAnswer);
});

test("a refusal that comes before the body was read counts, and its connection is given up", async () => {
  const { url, connections } = await serve((_incoming, response) => void response.writeHead(413).end("too large"));
  const post = createNodePost();
  const chunks = Array.from({ length: 400 }, () => Buffer.alloc(100_000));
  const size = 40_000_000;
  for (let time = 0; time < 2; time += 1) {
    expect(await post(request(url, { chunks, size }))).toMatchObject({ status: 413, body: "too large" });
  }
  expect(connections()).toBe(2);
});

test("two answers to one call are one", async () => {
  const whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
  const url = await serveTcp((socket) => socket.once("data", () => socket.end(whole + whole)));
  expect(await createNodePost()(request(url))).toMatchObject({ status: 200, body: "{}" });
});
