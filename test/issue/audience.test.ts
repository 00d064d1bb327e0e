import { expect, test } from "vitest";
import { countAudienceAsOf, countReaders } from "../../src/issue/audience.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { address, newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { hour, minute } from "../world.ts";

const asOf = (office: Office, at: number) => countAudienceAsOf(office.ctx, 1, at);

function leave(office: Office, reader: number) {
  return office.post(`/u/${office.ctx.signer.sign("leave", [1, reader])}`);
}

test("now and as of now are the same count", async () => {
  const office = await openOffice({ readers: 5 });
  await leave(office, 1);
  await addSuppression(office.ctx, { address: address(2) });
  await office.signUp("pending@post.tld", newsletter);
  expect(await countReaders(office.ctx, 1)).toEqual({ readers: 3, paused: 0 });
  expect(await asOf(office, office.clock.now)).toBe(3);
});

test("whoever left or was suppressed since is still counted, so that an agreed count stays right", async () => {
  const office = await openOffice({ readers: 5 });
  const counted = office.clock.now;
  office.advance(minute);
  await leave(office, 1);
  await addSuppression(office.ctx, { address: address(2) });
  expect(await asOf(office, counted)).toBe(5);
  expect(await asOf(office, office.clock.now)).toBe(3);
});

test("whoever had left or was suppressed by then is not", async () => {
  const office = await openOffice({ readers: 5 });
  await leave(office, 1);
  await addSuppression(office.ctx, { address: address(2) });
  await addSuppression(office.ctx, { address: address(3), newsletter });
  const counted = office.clock.now;
  office.advance(minute);
  expect(await asOf(office, counted)).toBe(2);
});

test("whoever confirmed later is not counted, however often the newsletter was left and joined before", async () => {
  const office = await openOffice({ readers: 2 });
  const before = office.clock.now;
  office.advance(minute);
  await office.join("new@post.tld", newsletter);
  expect(await asOf(office, before)).toBe(2);
  const joined = office.clock.now;
  office.advance(minute);
  await leave(office, 3);
  const left = office.clock.now;
  office.advance(hour);
  await office.join("new@post.tld", newsletter);
  expect(await asOf(office, joined)).toBe(3);
  expect(await asOf(office, left)).toBe(2);
  expect(await asOf(office, office.clock.now)).toBe(3);
  expect(await countReaders(office.ctx, 1)).toEqual({ readers: 3, paused: 0 });
});

test("a suppression that was lifted counts as if it had never been", async () => {
  const office = await openOffice({ readers: 2 });
  await addSuppression(office.ctx, { address: address(1) });
  office.advance(minute);
  await removeSuppression(office.ctx, { address: address(1) });
  expect(await asOf(office, office.clock.now)).toBe(2);
});

test("an erased person is counted no more, not even as of earlier: nothing is known any more", async () => {
  const office = await openOffice({ readers: 3 });
  const counted = office.clock.now;
  office.advance(minute);
  await erase(office.ctx, { address: address(1) });
  expect(await asOf(office, counted)).toBe(2);
});

test("a suppression for another newsletter does not count here", async () => {
  const office = await openOffice({ readers: 2 });
  await office.newsletter("harbour");
  await addSuppression(office.ctx, { address: address(1), newsletter: "harbour" });
  expect(await asOf(office, office.clock.now)).toBe(2);
});
