import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { grantToken } from "../../src/instance/grant.ts";
import { serve } from "../../src/node/serve.ts";
import { openStage, play } from "./stage.ts";

const stage = await openStage();
const running = await serve(readConfig({ ...stage.environment, TIDINGS_PORT: "0", TIDINGS_LOG: "silent" }));
const stranger = createServer((request, response) => {
  if (request.url?.startsWith("/moved")) response.writeHead(301, { location: `${running.url}/api/newsletters` }).end();
  else response.setHeader("content-type", "text/html").end("<h1>It works!</h1>");
});
await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
const strange = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
afterAll(async () => {
  stranger.close();
  await running.stop();
  stage.world.close();
});

const token = async (...scopes: ("read" | "write" | "send")[]) =>
  (await grantToken(stage.world.ctx, { name: "desk", scopes })).secret;

const list = (server: string, environment: Record<string, string> = {}, ...more: string[]) =>
  play(["newsletter", "list", "--server", server, ...more], environment, {});

describe("the token for a server", () => {
  test("comes from TIDINGS_TOKEN, and the server from TIDINGS_SERVER", async () => {
    const environment = { TIDINGS_SERVER: running.url, TIDINGS_TOKEN: await token("read") };
    expect((await play(["newsletter", "list"], environment, {})).code).toBe(0);
  });

  test("comes from a file, which is mentioned when others can read it", async () => {
    const file = stage.file("token", `${await token("read")}\n`);
    chmodSync(file, 0o600);
    expect(await list(running.url, {}, "--token-file", file)).toMatchObject({
      code: 0,
      err: expect.not.stringContaining("Warning"),
    });
    chmodSync(file, 0o644);
    expect((await list(running.url, {}, "--token-file", file)).err).toContain(`chmod 600 ${file}`);
    expect((await list(running.url, {}, "--token-file", `${file}.none`)).code).toBe(2);
  });

  test.each([
    ["is missing", {}],
    ["is unknown", { TIDINGS_TOKEN: "tid_unknown" }],
  ])("that %s ends with exit code 6", async (_, environment) => {
    expect(await list(running.url, environment)).toMatchObject({ code: 6, out: "" });
  });

  test("that lacks the scope ends with exit code 6", async () => {
    const environment = { TIDINGS_TOKEN: await token("read") };
    const { code, err } = await play(["instance", "set", "--site", "x", "--server", running.url], environment, {});
    expect([code, err]).toEqual([6, 'Error: The admin token lacks the scope "write".\n']);
  });

  test("goes to no other machine in plain text, and after no redirect", async () => {
    const environment = { TIDINGS_TOKEN: await token("read") };
    expect((await list("http://letters.example.org", environment)).code).toBe(2);
    expect((await list("letters.example.org", environment)).code).toBe(2);
    const moved = await list(`${strange}/moved`, environment);
    expect(moved.code).toBe(1);
    expect(moved.err).toContain("It redirects");
  });

  test("is of no use without a server", async () => {
    const { code, err } = await stage.tidings(["newsletter", "list", "--token-file", "x"]);
    expect(code).toBe(2);
    expect(err).toContain("--server");
  });
});

describe("a server", () => {
  test("that is not there or is something else is said so", async () => {
    const environment = { TIDINGS_TOKEN: "tid_any" };
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await list(`http://127.0.0.1:${port}`, environment)).toMatchObject({
      code: 1,
      err: expect.stringContaining("cannot be reached"),
    });
    expect(await list(strange, environment)).toMatchObject({
      code: 1,
      err: expect.stringContaining("does not answer as Tidings does (status 200)"),
    });
  });

  test.each([[["init"]], [["serve"]], [["backup", "x.db"]]])(
    "is refused for what works on this machine's own files: %j",
    async (argv) => {
      for (const [flags, environment] of [
        [["--server", running.url], {}],
        [[], { TIDINGS_SERVER: running.url }],
      ] as const) {
        const { code, out, err } = await play([...argv, ...flags], environment, {});
        expect([code, out]).toEqual([2, ""]);
        expect(err).toContain("this machine's own files");
      }
    },
  );
});
