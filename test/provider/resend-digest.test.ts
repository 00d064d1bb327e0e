import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CompiledMail, FieldName, Recipient, Segments } from "../../src/mail/message.ts";
import type { Provider } from "../../src/provider/contract.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import { bytesOf, issue, notice, readers } from "./samples.ts";

const options = { apiKey: "re_1", baseUrl: "http://127.0.0.1:9", userAgent: "tidings-test/1", timeout: 1_000 };
const provider = createResend(options);

function parcelOf(mail: CompiledMail, list: readonly Recipient[]) {
  return provider.issue(mail)(list);
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", '"', "\\", "é", "😀", ",", "{", "x".repeat(300)), maxLength: 4 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const names: readonly FieldName[] = ["name", "email", "subscriber", "leaveUrl", "preferencesUrl"];
const field = fc.record({
  field: fc.constantFrom(...names),
  as: fc.constantFrom("html" as const, "text" as const),
  fallback: fc.constantFrom("", "a"),
});
const segments: fc.Arbitrary<Segments> = fc.array(fc.oneof(text, field), { maxLength: 4 });
const values = fc.record({ name: text, email: text, subscriber: text, leaveUrl: text, preferencesUrl: text });
const recipients = fc
  .array(values, { minLength: 1, maxLength: 3 })
  .map((list) => list.map((given, at) => ({ ...readers(1, at)[0], values: given }) as Recipient));
const parcels = fc
  .record({ html: segments, text: segments, list: recipients })
  .map(({ html, text: plain, list }) => parcelOf({ ...issue, html, text: plain }, list));

test("two bodies that differ never share a digest", async () => {
  await fc.assert(
    fc.asyncProperty(parcels, parcels, async (one, two) => {
      if (Buffer.compare(bytesOf(one), bytesOf(two)) !== 0) expect(await one.digest()).not.toBe(await two.digest());
    }),
    { numRuns: 1_000 },
  );
});

test("any change to any reader, or to what they share, changes the digest", async () => {
  const digest = await parcelOf(issue, readers(3)).digest();
  const [first, second, third] = readers(3) as [Recipient, Recipient, Recipient];
  const others = [
    parcelOf(issue, readers(2)),
    parcelOf(issue, readers(4)),
    parcelOf(issue, [second, first, third]),
    parcelOf(issue, [first, second, { ...third, address: "x@post.tld" }]),
    ...names
      .filter((name) => name !== "email")
      .map((name) => parcelOf(issue, [first, { ...second, values: { ...second.values, [name]: "other" } }, third])),
    parcelOf({ ...issue, from: { name: "Other", address: issue.from.address } }, readers(3)),
    parcelOf({ ...issue, replyTo: null }, readers(3)),
    parcelOf({ ...issue, subject: [...issue.subject, "."] }, readers(3)),
    parcelOf({ ...issue, text: issue.text.toReversed() }, readers(3)),
    parcelOf({ ...issue, headers: issue.headers.slice(1) }, readers(3)),
    parcelOf({ ...issue, tags: issue.tags.slice(1) }, readers(3)),
  ];
  const digests = await Promise.all(others.map((parcel) => parcel.digest()));
  expect(new Set([digest, ...digests]).size).toBe(1 + others.length);
  expect(digest).toMatch(/^strict:[0-9a-f]{64}$/);
});

test("a letter that moves from one value of a reader into the next changes the digest", async () => {
  const place = (name: FieldName) => ({ field: name, as: "text", fallback: "" }) as const;
  const mail = { ...issue, html: [place("name"), "-", place("email")], text: [], subject: ["x"] };
  const digestOf = (name: string, email: string) => {
    const list = readers(1).map((reader) => ({ ...reader, values: { ...reader.values, name, email } }));
    return parcelOf(mail, list).digest();
  };
  expect(await digestOf("ab", "c")).not.toBe(await digestOf("a", "bc"));
});

test("equal mails give equal digests, whichever frame and key of the object they come from", async () => {
  const digest = await parcelOf(issue, readers(100)).digest();
  expect(await parcelOf(structuredClone(issue), structuredClone(readers(100))).digest()).toBe(digest);
  expect(
    await createResend({ ...options, apiKey: "re_2" })
      .issue(issue)(readers(100))
      .digest(),
  ).toBe(digest);
  const one = parcelOf(issue, readers(100));
  expect([await one.digest(), await one.digest()]).toEqual([digest, digest]);
});

test("a mail in a call of its own has another digest than in a batch, since it is other bytes", async () => {
  const single = createResend({ ...options, batch: "single" });
  expect(await single.issue(issue)(readers(1)).digest()).not.toBe(await parcelOf(issue, readers(1)).digest());
  const mails = [notice("a@post.tld")];
  expect(await single.notices(mails).digest()).not.toBe(await provider.notices(mails).digest());
  expect(await provider.notices(mails).digest()).toBe(await provider.notices(structuredClone(mails)).digest());
});

test("the same bytes have another digest in another manner, which stands before it", async () => {
  const permissive = createResend({ ...options, batch: "permissive" });
  for (const make of [
    (way: Provider) => way.issue(issue)(readers(2)),
    (way: Provider) => way.notices([notice("a@post.tld")]),
  ]) {
    const [strict, other] = [make(provider), make(permissive)];
    expect(bytesOf(other)).toEqual(bytesOf(strict));
    expect(await other.digest()).toBe((await strict.digest()).replace(/^strict:/, "permissive:"));
    expect(await other.digest()).not.toBe(await strict.digest());
  }
});

test("another process comes to the same digests", async () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import type { Provider } from "../../src/provider/contract.ts";
import { createResend } from ${url("../../src/provider/resend/send.ts")};
    import { issue, notice, readers } from ${url("./samples.ts")};
    const provider = createResend(${JSON.stringify(options)});
    console.log(await provider.issue(issue)(readers(9)).digest(), await provider.notices([notice("a@post.tld")]).digest());`;
  const found = execFileSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  const ours = [parcelOf(issue, readers(9)), provider.notices([notice("a@post.tld")])];
  expect(found.trim().split(" ")).toEqual(await Promise.all(ours.map((parcel) => parcel.digest())));
});
