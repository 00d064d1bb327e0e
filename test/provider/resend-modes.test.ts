import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createNodePost } from "../../src/node/post.ts";
import type { Outcome, Provider } from "../../src/provider/contract.ts";
import { judge } from "../../src/provider/resend/errors.ts";
import { createResend, type ResendOptions } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { issue, notice, readers } from "./samples.ts";

let fake: FakeResend;
beforeAll(async () => {
  fake = await startFakeResend();
});
beforeEach(() => fake.reset());
afterAll(() => fake.stop());

function provider(batch: NonNullable<ResendOptions["batch"]>): Provider {
  const post = createNodePost();
  return createResend({ apiKey: "re_1", baseUrl: fake.url, userAgent: "tidings-test/1", timeout: 5_000, batch, post });
}

function answered(status: number, body: unknown, count: number, shape: "array" | "object" = "array"): Outcome {
  return judge(
    { status, headers: new Headers(), body: typeof body === "string" ? body : JSON.stringify(body) },
    count,
    shape,
  );
}

/** Readers of whom some have an address that Resend refuses. */
function some(count: number, ...bad: number[]) {
  return readers(count).map((reader, at) => (bad.includes(at) ? { ...reader, address: `a${at}@test.com` } : reader));
}

describe("a permissive batch (REL-07)", () => {
  test("leaves without the mails that Resend refuses, each outcome in its place", async () => {
    const list = some(5, 0, 3);
    const outcome = await provider("permissive").issue(issue)(list).send("i/1");
    const { mails } = await fake.ledger();
    const ids = new Map(mails.map(({ recipient, id }) => [recipient, id]));
    const rejected = { result: "rejected", reason: expect.stringMatching(/^Resend refused this mail: .*`to`.*\.$/) };
    expect(outcome).toEqual({
      result: "partly",
      ended: null,
      members: list.map(({ address }) =>
        address.endsWith("@test.com") ? rejected : { result: "accepted", id: ids.get(address) },
      ),
    });
    expect(ids.size).toBe(3);
  });

  test("comes to the same when it is repeated under its key, and nothing leaves twice", async () => {
    const parcel = provider("permissive").issue(issue)(some(4, 2));
    const first = await parcel.send("i/2");
    expect(await parcel.send("i/2")).toEqual(first);
    expect((await fake.counts()).mails).toBe(3);
  });

  test("is simply accepted when nothing is refused, and refuses all where all are", async () => {
    const make = provider("permissive").issue(issue);
    expect(await make(readers(3)).send("i/3")).toMatchObject({ result: "accepted", ids: { length: 3 } });
    const outcome = await make(some(2, 0, 1)).send("i/4");
    expect(outcome).toMatchObject({ result: "partly", members: [{ result: "rejected" }, { result: "rejected" }] });
  });

  test("of notices fares likewise", async () => {
    const mails = [notice("a@post.tld"), notice("b@test.com"), notice("c@post.tld")];
    const outcome = await provider("permissive").notices(mails).send("i/5");
    expect(outcome).toMatchObject({
      result: "partly",
      members: [{ result: "accepted" }, { result: "rejected" }, { result: "accepted" }],
    });
    expect(Object.keys((await fake.ledger()).perRecipient)).toEqual(["a@post.tld", "c@post.tld"]);
  });

  const id = (name: string) => ({ id: name });
  test.each([
    ["more answers than mails", { data: [id("a"), id("b"), id("c")], errors: [{ index: 1, message: "x" }] }],
    ["fewer answers than mails", { data: [id("a")], errors: [{ index: 1, message: "x" }] }],
    [
      "the same place twice",
      {
        data: [id("a"), id("b")],
        errors: [
          { index: 1, message: "x" },
          { index: 1, message: "y" },
        ],
      },
    ],
    ["a place outside", { data: [id("a"), id("b")], errors: [{ index: 3, message: "x" }] }],
    ["a place below", { data: [id("a"), id("b")], errors: [{ index: -1, message: "x" }] }],
    ["half a place", { data: [id("a"), id("b")], errors: [{ index: 0.5, message: "x" }] }],
    ["no place", { data: [id("a"), id("b")], errors: [{ message: "x" }] }],
    ["no list of errors", { data: [id("a"), id("b"), id("c")], errors: "none" }],
    ["an empty id", { data: [id(""), id("b")], errors: [{ index: 0, message: "x" }] }],
    ["no ids", { errors: [{ index: 0, message: "x" }] }],
    ["an answer that broke off", '{"data":[{"id":"a"},{"id":"b"}],"errors":[{"index":0'],
  ])("with %s is not believed", (_, body) => {
    expect(answered(200, body, 3)).toMatchObject({ result: "unsure", reason: expect.stringContaining("for 3 mails") });
  });

  test("says that Resend gave no reason where it gave none", () => {
    const body = { data: [id("a")], errors: [{ index: 0 }] };
    expect(answered(200, body, 2)).toMatchObject({
      members: [{ result: "rejected", reason: "Resend refused this mail: it did not say why." }, { id: "a" }],
    });
  });
});

describe("a mail in a call of its own", () => {
  test("is accepted with its id", async () => {
    const outcome = await provider("single").issue(issue)(readers(1)).send("i/1");
    const { mails } = await fake.ledger();
    expect(outcome).toMatchObject({ result: "accepted", ids: [mails[0]?.id] });
    expect(
      await provider("single")
        .notices([notice("b@post.tld")])
        .send("i/2"),
    ).toMatchObject({ result: "accepted" });
  });

  test("leaves once when it is sent twice under its key", async () => {
    const parcel = provider("single").issue(issue)(readers(1));
    expect(await parcel.send("i/3")).toEqual(await parcel.send("i/3"));
    expect((await fake.counts()).mails).toBe(1);
  });

  test("is refused for itself alone", async () => {
    expect(await provider("single").issue(issue)(some(1, 0)).send("i/4")).toMatchObject({ result: "rejected" });
  });

  test("never has company: dispatch is told to make batches of one", async () => {
    const single = provider("single");
    expect(single.limits.members).toBe(1);
    expect(await single.issue(issue)(readers(2)).send("i/5")).toMatchObject({ result: "rejected" });
    expect(await single.notices([notice("a@post.tld"), notice("b@post.tld")]).send("i/6")).toMatchObject({
      result: "rejected",
    });
    expect((await fake.counts()).requests).toBe(0);
    expect(provider("strict").limits.members).toBe(100);
  });

  test.each([{}, { id: "" }, { id: 7 }, { data: [{ id: "a" }] }, [{ id: "a" }], null, "<html>"])(
    "with the answer %j is not believed",
    (body) => {
      expect(answered(200, body, 1, "object")).toMatchObject({ result: "unsure" });
    },
  );
});

test("the answer to a batch is not one to a single mail, nor the other way round", () => {
  expect(answered(200, { id: "a" }, 1)).toMatchObject({ result: "unsure" });
  expect(answered(200, { id: "a" }, 1, "object")).toMatchObject({ result: "accepted", ids: ["a"] });
});
