import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { fillMessage } from "../../src/mail/fill.ts";
import { issueHeaders } from "../../src/mail/headers.ts";
import type { CompiledMail, Field, FieldName, Header, Recipient, Segments } from "../../src/mail/message.ts";
import { encodeMime } from "../../src/mail/mime.ts";
import { frameMime, frameMimes } from "../../src/mail/mime-frame.ts";
import { compiled, values as sampleValues } from "./sample.ts";

function field(name: FieldName, as: Field["as"], fallback = ""): Field {
  return { field: name, as, fallback };
}

const mail: CompiledMail = {
  from: { name: "Morgenpost, früh", address: "news@example.com" },
  replyTo: { name: "", address: "desk@example.com" },
  subject: ["Guten Morgen, ", field("name", "header", "alle")],
  html: ["<p>Grüße, ", field("name", "html", "Leute"), '</p>\n<a href="', field("leaveUrl", "html"), '">weg</a>\n'],
  text: ["Grüße, ", field("name", "text", "Leute"), "\n", field("leaveUrl", "text"), "\n"],
  headers: issueHeaders({ listName: "Welt", listId: "welt.example.com", leaveUrl: "https://example.com/u/x" }).map(
    ([name, value]) => [name, name === "List-Unsubscribe" ? ["<", field("leaveUrl", "header"), ">"] : [value]] as const,
  ),
  tags: [["issue", ["1"]]],
};

function reader(changes: Partial<Recipient["values"]> = {}, rest: Partial<Recipient> = {}): Recipient {
  return {
    address: "rosa@example.org",
    values: { ...sampleValues, ...changes },
    messageId: "w36whg33vw4fyu235fvkmrn3hglvd5a4@example.com",
    date: Date.UTC(2026, 10, 22, 10, 51, 56),
    ...rest,
  };
}

function bytesOf(given: CompiledMail, to: Recipient, extra?: readonly Header[]): Buffer {
  const { chunks, size } = frameMime(given)(to, extra);
  const whole = Buffer.concat(chunks);
  expect(size).toBe(whole.length);
  return whole;
}

/** Everything that another parser finds, but for the boundary. */
async function readBack(bytes: Uint8Array) {
  const { headers, html, text, from, to, replyTo, subject, messageId, date, attachments } =
    await PostalMime.parse(bytes);
  const told = headers.map(({ key, value }) => [key, value.replace(/boundary="[^"]*"/, "")]);
  return { told, html, text, from, to, replyTo, subject, messageId, date, attachments };
}

async function expectSame(given: CompiledMail, to: Recipient): Promise<void> {
  const bytes = bytesOf(given, to);
  expectClean(bytes);
  expect(await readBack(bytes)).toEqual(await readBack(encodeMime(fillMessage(given, to))));
}

/** FMT-03 by the bytes: what a relay, or a dialogue that ends with a dot, needs not touch. */
function expectClean(bytes: Uint8Array): void {
  const raw = Buffer.from(bytes).toString("latin1");
  expect(raw).toMatch(/^(?:[\t -~]|\r\n)*\r\n$/);
  for (const line of raw.split("\r\n")) expect(line).toMatch(/^(?!\.|From )[\t -~]{0,76}(?<![ \t])$/);
}

describe("a message framed once per issue", () => {
  it("reads back as the one that is encoded whole", async () => {
    for (const name of [
      "Rosa",
      "",
      "Łukasz",
      "O'Hara & Söhne <x>",
      "😀".repeat(40),
      ".",
      "From here",
      "a=b",
      " a ",
      "x".repeat(200),
    ]) {
      await expectSame(mail, reader({ name }));
    }
  });

  it("reads back so with an issue that uses everything", async () => {
    const rich = compiled().mail;
    for (const name of ["Åsa", ""]) await expectSame(rich, reader({ name }, { address: "asa.b@example.org" }));
  });

  it("without a reply-to or any list header has none", async () => {
    const bare = { ...mail, replyTo: null, headers: [] };
    await expectSame(bare, reader());
    expect((await readBack(bytesOf(bare, reader()))).told.map(([key]) => key)).toEqual([
      ...["date", "from", "to", "subject", "message-id", "mime-version", "content-type"],
    ]);
  });

  it("takes further headers for one mail, each once and checked like the others", async () => {
    const key = "1/2/3-1";
    const { told } = await readBack(bytesOf(mail, reader(), [["Resend-Idempotency-Key", key]]));
    expect(told).toContainEqual(["resend-idempotency-key", key]);
    const frame = frameMime(mail);
    for (const name of ["To", "list-id", "X: a", "X\r\nBcc", ".x"]) {
      expect(() => frame(reader(), [[name, "x"]]), name).toThrow();
    }
    expect(() => frame(reader(), [["X-A", "a\r\nBcc: evil@example.com"]])).toThrow("carriage return");
  });

  it("is the same bytes on every try and in every process, with a boundary of its issue (FMT-10)", () => {
    const once = bytesOf(mail, reader());
    expect(bytesOf(structuredClone(mail), structuredClone(reader()))).toEqual(once);
    const boundaryOf = (bytes: Buffer) => /boundary="([^"]+)"/.exec(bytes.toString())?.[1];
    expect(boundaryOf(bytesOf(mail, reader({ name: "Ada" })))).toBe(boundaryOf(once));
    expect(boundaryOf(bytesOf({ ...mail, text: ["other"] }, reader()))).not.toBe(boundaryOf(once));
  });

  it("shares between readers all that does not differ", () => {
    const frame = frameMime(compiled().mail);
    const one = frame(reader());
    const two = frame(reader({ name: "Ada", leaveUrl: "https://news.harbour.example/u/zzz" }));
    const shared = one.chunks.filter((chunk) => two.chunks.includes(chunk));
    const sharedSize = shared.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(sharedSize).toBeGreaterThan(one.size * 0.8);
  });

  it("cannot be torn apart by a value that holds its boundary", async () => {
    const boundary = /boundary="([^"]+)"/.exec(bytesOf(mail, reader()).toString())?.[1];
    const name = `\r\n--${boundary}\r\nContent-Type: text/html\r\n\r\n<b>evil</b>\r\n--${boundary}--`;
    await expectSame(mail, reader({ name }));
    expect(bytesOf(mail, reader({ name })).toString().split(`\r\n--${boundary}`)).toHaveLength(4);
  });
});

describe("many readers at once", () => {
  it("get what each would get alone, in their order", () => {
    const readers = ["Ada", "", "Дарина", "x".repeat(900), "=_.\r\n."].map((name, place) =>
      reader({ name, subscriber: String(place) }, { messageId: `m${place}@example.org` }),
    );
    const alone = frameMime(mail);
    const together = frameMimes(mail)(readers);
    expect(together.map(({ chunks }) => Buffer.concat(chunks).toString())).toEqual(
      readers.map((one) => Buffer.concat(alone(one).chunks).toString()),
    );
    for (const { chunks, size } of together) expect(Buffer.concat(chunks)).toHaveLength(size);
    expect(frameMimes(mail)([])).toEqual([]);
  });
});

const unit = fc.constantFrom(
  ".",
  " ",
  "\t",
  "\r",
  "\n",
  "\r\n",
  "=",
  "F",
  "From ",
  "ü",
  "👩‍👩‍👧‍👦",
  "<",
  "&",
  "x".repeat(74),
  "ab",
);
const awkward = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }).filter((text) => text.isWellFormed()) },
);
const names: readonly FieldName[] = ["name", "email", "subscriber", "leaveUrl", "preferencesUrl"];

function segments(kinds: readonly Field["as"][]): fc.Arbitrary<Segments> {
  const place = fc.record({
    field: fc.constantFrom(...names),
    as: fc.constantFrom(...kinds),
    fallback: fc.oneof(fc.constant(""), awkward),
  });
  return fc.array(fc.oneof(awkward, place), { maxLength: 7 });
}

const anyValues: fc.Arbitrary<Recipient["values"]> = fc.record({
  name: awkward,
  email: awkward,
  subscriber: awkward,
  leaveUrl: fc.oneof(awkward, fc.webUrl()),
  preferencesUrl: fc.oneof(fc.constant(""), awkward),
});

describe("whatever stands beside a field and in it", () => {
  it("both bodies read back as encoded whole, in lines that no relay touches", async () => {
    await fc.assert(
      fc.asyncProperty(segments(["text"]), segments(["html", "text"]), anyValues, async (text, html, given) => {
        await expectSame({ ...mail, text, html, subject: ["x"], headers: [] }, reader(given));
      }),
      { numRuns: 1_000 },
    );
  });

  it("the lines of a literal stay as they are, whatever the values around it", () => {
    const long = "y ".repeat(400);
    const text: Segments = [long, field("name", "text"), `${long}.`, field("email", "text"), `\n${long}`];
    const frame = frameMime({ ...mail, text, html: ["x"] });
    const [one, two] = [
      frame(reader({ name: "a", email: "b" })),
      frame(reader({ name: "\r\n.".repeat(50), email: "" })),
    ];
    expect(one.chunks.filter((chunk) => two.chunks.includes(chunk))).toHaveLength(3);
  });

  it("no value reaches a header as another header (FMT-15)", async () => {
    await fc.assert(
      fc.asyncProperty(anyValues, async (given) => {
        const headers = [["X-Reader", ["for ", field("name", "header", "you")]]] as const;
        const framed = { ...mail, subject: ["a ", field("name", "header"), " b"], headers };
        const { told } = await readBack(bytesOf(framed, reader({ name: `${given.name}\r\nBcc: evil@example.com` })));
        expect(told.map(([key]) => key)).toEqual([
          ...["date", "from", "to", "reply-to", "subject", "message-id", "x-reader", "mime-version", "content-type"],
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a frame refuses what must not leave", () => {
  it("at once where it is the issue's fault", () => {
    const broken: Partial<CompiledMail>[] = [
      { from: { name: "a\nb", address: "news@example.com" } },
      { replyTo: { name: "news@x.com", address: "news@example.com" } },
      { subject: ["a\r\nBcc: evil@example.com"] },
      { headers: [["To", ["evil@example.com"]]] },
      { headers: [["X-A\r\nBcc", ["x"]]] },
      { headers: [[".x", ["x"]]] },
      { headers: [["List-Archive", [`<https://a.example/${"a".repeat(1000)}>`]]] },
    ];
    for (const changes of broken) expect(() => frameMime({ ...mail, ...changes }), JSON.stringify(changes)).toThrow();
  });

  it("for one reader where it is theirs", () => {
    const frame = frameMime(mail);
    expect(() => frame(reader({}, { address: "a@example.org, b@example.org" }))).toThrow("not one bare address");
    expect(() => frame(reader({}, { address: "a@example.org\r\nBcc: b@example.org" }))).toThrow("not one bare address");
    expect(() => frame(reader({}, { address: "rösa@example.org" }))).toThrow("not one bare address");
    expect(() => frame(reader({}, { messageId: "<a@b>" }))).toThrow("Not a Message-ID");
    expect(() => frame(reader({}, { date: Number.NaN }))).toThrow("No date");
    expect(() => frame(reader({ leaveUrl: "https://example.com/ü" }))).toThrow("ASCII only");
    expect(() => frame(reader())).not.toThrow();
  });
});

it("a header whose name begins with a dot is refused by the whole encoder too, since its line would", () => {
  const message = fillMessage({ ...mail, headers: [] }, reader());
  expect(() => encodeMime({ ...message, headers: [[".x", "y"]] })).toThrow("begins with a dot");
});
