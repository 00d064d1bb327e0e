import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorld } from "../world.ts";

// I10 and DOI-09 together: a link that a mail client has mangled still works, so it must not be logged either.

test.each([
  ["in brackets", (token: string) => `%3C${token}%3E`],
  ["in a bare bracket", (token: string) => `(${token})`],
  ["broken near its begin", (token: string) => `${token.slice(0, 5)}%3D%0D%0A${token.slice(5)}`],
  ["in capitals", (token: string) => token.toUpperCase()],
])("a mangled link, %s, that meets a failure is not in the log (I10)", async (_, mangle) => {
  await using world = await openWorld();
  await world.newsletter("tides");
  await world.signUp("ada@reader.example", "tides");
  await world.drain();
  const { pathname } = new URL((await world.mails())[0]?.confirmLink ?? "");
  const token = pathname.split("/").at(-1) ?? "";
  const mangled = pathname.replace(token, mangle(token));
  expect((await world.get(mangled)).status).toBe(200);

  mkdirSync(join(world.config.templates, "page"), { recursive: true });
  writeFileSync(join(world.config.templates, "page", "confirm.html.liquid"), "{% if %}");
  expect((await world.get(mangled)).status).toBe(500);
  const lines = world.logged.join("\n").toLowerCase();
  expect(lines).toContain("request.failed");
  expect(lines).not.toContain(token.slice(5));
});
