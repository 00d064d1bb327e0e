import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";

test("the instance tells what it lacks until it is set", async () => {
  await using desk = await openDesk({ instance: null });
  const before = (await desk.call("GET", "/api/instance")).body;
  expect(before.missing).toEqual(["operator", "postal-address", "privacy-url"]);
  expect(before).toMatchObject({ provider: "outbox", publicUrl: "https://letters.harbourcourier.example" });
  const changes = {
    operator: "Harbour Press",
    postalAddress: "4 Quay\nPort",
    privacyUrl: "https://example.org/privacy",
  };
  const after = (await desk.call("PATCH", "/api/instance", changes)).body;
  expect(after.missing).toEqual([]);
  expect(after.instance).toEqual({ ...before.instance, ...changes });
});

test("keys and hashes of the installation are not told", async () => {
  await using desk = await openDesk();
  const { instance } = (await desk.call("GET", "/api/instance")).body;
  expect(Object.keys(instance)).not.toContain("keyIds");
});
