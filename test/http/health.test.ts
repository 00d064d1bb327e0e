import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";

test("says ok to anybody while the database answers", async () => {
  await using desk = await openDesk();
  const answer = await desk.call("GET", "/healthz", undefined, null);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: "ok" });
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test("says unavailable, and nothing more, when the database does not answer", async () => {
  const desk = await openDesk();
  desk.world.close();
  const answer = await desk.call("GET", "/healthz", undefined, null);
  expect(answer.status).toBe(503);
  expect(answer.body).toEqual({ status: "unavailable" });
  expect(desk.world.logged.join("\n")).toContain("unhealthy");
});
