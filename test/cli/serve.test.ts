import { describe, expect, test } from "vitest";
import { diskFolder } from "../world/scratch.ts";
import { spawnTidings, tidings } from "./spawned.ts";
import { addReaders, issueFile, openStage } from "./stage.ts";

const folder = diskFolder("serve");

const settings = { TIDINGS_PORT: "0", TIDINGS_LOG: "silent" };

describe("tidings serve", () => {
  test("tells at its first start where it is and the first token, and stops cleanly", async () => {
    const server = spawnTidings(["serve"], settings, folder);
    await server.printed(/^Tidings listens on (http:\/\/127\.0\.0\.1:\d+)$/m);
    await server.printed(/^tid_[\w-]+$/m);
    const url = /listens on (\S+)/.exec(server.out())?.[1] ?? "";
    const token = /^tid_[\w-]+$/m.exec(server.out())?.[0] ?? "";
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const listed = await tidings(["newsletter", "list", "--server", url], { TIDINGS_TOKEN: token });
    expect(listed).toMatchObject({ code: 0, out: "No newsletters.\n" });
    server.child.kill("SIGTERM");
    const { code, err } = await server.ended;
    expect(code).toBe(0);
    expect(err).toMatch(/Stopped\.\n$/);
    expect(err).toContain("Before mail can leave: tidings instance set");
    expect(err).toContain("Make a newsletter: tidings newsletter create");
  });

  test("shows the token no second time, and tells programs where it is as JSON", async () => {
    const server = spawnTidings(["serve", "--json"], settings, folder);
    await server.printed(/^}$/m);
    const told = JSON.parse(server.out());
    expect(told).toMatchObject({ schema: 1, token: null, provider: "outbox" });
    expect((await fetch(`${told.url}/`)).status).toBe(200);
    server.child.kill("SIGINT");
    const { code, out, err } = await server.ended;
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toEqual(told);
  });

  test("names a port that is taken", async () => {
    const server = spawnTidings(["serve"], settings, folder);
    await server.printed(/listens on/);
    const port = /listens on \S+:(\d+)/.exec(server.out())?.[1] ?? "";
    const second = await tidings(["serve"], { ...settings, TIDINGS_PORT: port }, folder);
    expect(second).toMatchObject({ code: 1, out: "" });
    expect(second.err).toContain(`Something listens on 127.0.0.1:${port} already.`);
    server.child.kill("SIGTERM");
    await server.ended;
  });
});

test("with a server on the same database, a local send and test go out together with it", async () => {
  await using stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  const environment = { ...stage.environment, ...settings };
  const server = spawnTidings(["serve"], environment);
  await server.printed(/listens on/);
  const file = stage.file("one.md", issueFile("one"));
  const tried = await tidings(["issue", "test", file, "--to", "desk@example.org"], environment);
  expect(tried).toMatchObject({ code: 0 });
  expect(tried.err).toContain("Read it at https://letters.harbourcourier.example/outbox/");
  const argv = ["issue", "send", file, "--yes", "--expect", "3", "--as-of", new Date().toISOString()];
  expect(await tidings(argv, environment)).toMatchObject({ code: 0 });
  server.child.kill("SIGTERM");
  await server.ended;
  const mails = await stage.world.mails();
  expect(mails.filter((mail) => mail.subject === "News of one")).toHaveLength(3);
});
