import { expect, test } from "vitest";
import { createInstance } from "../../src/instance/create.ts";
import { editInstance } from "../../src/instance/edit.ts";
import { missingForMail, readInstance, requireOperator } from "../../src/instance/find.ts";
import { openWorld } from "../world.ts";

test("the first start makes one record with an id of its own; making it again changes nothing", async () => {
  await using world = await openWorld({ instance: null });
  const made = await readInstance(world.ctx);
  expect(made.uid).toMatch(/^[0-9a-f]{20}$/);
  expect(made).toMatchObject({ operator: "", confirmHours: 72, keepNoticesDays: 30, createdAt: world.clock.now });
  expect(await createInstance(world.ctx)).toBe(false);
  expect(await readInstance(world.ctx)).toEqual(made);
});

test("what is missing for mails is named, with the command that sets it", async () => {
  await using world = await openWorld({ instance: null });
  const bare = await readInstance(world.ctx);
  expect(missingForMail(bare)).toEqual(["operator", "postal-address", "privacy-url"]);
  expect(() => requireOperator(bare)).toThrow(
    expect.objectContaining({
      code: "preflight",
      details: {
        hint: 'Run: tidings instance set --operator "…" --postal-address "…" --privacy-url "…"',
        faults: ["operator", "postal-address", "privacy-url"],
      },
    }),
  );
  const set = await editInstance(world.ctx, {
    operator: "Courier",
    postalAddress: "Quay",
    privacyUrl: "https://c.example/p",
  });
  expect(() => requireOperator(set)).not.toThrow();
});

test("each field is changed by itself, and an empty text clears it", async () => {
  await using world = await openWorld();
  const before = await readInstance(world.ctx);
  expect(await editInstance(world.ctx, { site: "The Post" })).toEqual({ ...before, site: "The Post" });
  expect(await editInstance(world.ctx, {})).toEqual({ ...before, site: "The Post" });
  expect((await editInstance(world.ctx, { contact: "", senderAddress: "" })).contact).toBe("");
});

test("addresses are kept as they go on the wire", async () => {
  await using world = await openWorld();
  const set = await editInstance(world.ctx, { senderAddress: "News@Zürich.example", contact: "desk@Zürich.example" });
  expect(set).toMatchObject({ senderAddress: "News@xn--zrich-kva.example", contact: "desk@xn--zrich-kva.example" });
});

test.each([
  ["operator", "two\nlines"],
  ["operator", "Ada @ the Courier"],
  ["site", "news@courier.example"],
  ["site", "news＠courier.example"],
  ["postalAddress", "4 Customs Quay\u0000"],
  ["postalAddress", "4 Customs Quay\u001b[2J"],
  ["postalAddress", "4 Customs Quay\u2028Merrowhaven"],
  ["postalAddress", "4 Customs Quay\u007f"],
  ["contact", "nobody"],
  ["privacyUrl", "javascript:alert(1)"],
  ["privacyUrl", "/privacy"],
  ["privacyUrl", "https://c.example/p\u0000"],
  ["privacyUrl", "https://c.example/p\u001b"],
  ["privacyUrl", "https://c.example/\u2029p"],
  ["privacyUrl", "https://c.example/a b"],
  ["senderName", "a@b"],
  ["confirmHours", 0],
  ["confirmHours", 337],
  ["keepNoticesDays", 1],
  ["keepLedgerDays", 34],
  ["keepLedgerDays", 3_651],
  ["keepLedgerDays", 40.5],
  ["uid", "mine"],
  ["keyIds", "[]"],
])("%s cannot be %j", async (field, value) => {
  await using world = await openWorld();
  const before = await readInstance(world.ctx);
  await expect(editInstance(world.ctx, { [field]: value })).rejects.toMatchObject({ code: "invalid" });
  expect(await readInstance(world.ctx)).toEqual(before);
});

test("a postal address has lines, and a tab does no harm", async () => {
  await using world = await openWorld();
  const postalAddress = "4 Customs Quay\r\nMerrowhaven\tMH1 2QX\nIsle of Ærø";
  expect((await editInstance(world.ctx, { postalAddress })).postalAddress).toBe(postalAddress);
});
