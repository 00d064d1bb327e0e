import type { CompiledMail, FieldName, Message, Recipient, Segments } from "../../src/mail/message.ts";
import type { Parcel } from "../../src/provider/contract.ts";

/** One notice to one invented reader. */
export function notice(to: string, changes: Partial<Message> = {}): Message {
  return {
    from: { name: "Morgenblatt, Köln", address: "briefe@morgenblatt.tld" },
    to,
    replyTo: { name: "", address: "redaktion@morgenblatt.tld" },
    subject: 'Bitte bestätigen: "Früh" – 早',
    html: '<p>Guten Morgen, <a href="https://morgenblatt.tld/c/abc">hier</a> geht es weiter – 早安 👋</p>\n',
    text: "Guten Morgen, weiter geht es hier: https://morgenblatt.tld/c/abc – 早安 👋\n",
    headers: [["Auto-Submitted", "auto-generated"]],
    messageId: `${to.replace("@", ".")}.1@morgenblatt.tld`,
    date: Date.UTC(2026, 10, 22, 6, 30),
    tags: [["kind", "confirmation"]],
    ...changes,
  };
}

/** An issue with every kind of place that differs between readers. */
export const issue: CompiledMail = {
  from: { name: 'Das "Morgenblatt"', address: "frueh@morgenblatt.tld" },
  replyTo: { name: "Redaktion", address: "redaktion@morgenblatt.tld" },
  subject: ["Früh für ", field("name", "header", "alle"), ": \\ der Rat tagt"],
  html: [
    "<p>Guten Morgen, ",
    field("name", "html", "liebe Leser"),
    '</p><p>Text mit "Anführung", Tab\t und 👩‍👩‍👧.</p><a href="',
    field("leaveUrl", "html"),
    '">abbestellen</a><a href="',
    field("preferencesUrl", "html"),
    '">ändern</a><a href="',
    field("leaveUrl", "html"),
    '">noch einmal</a>',
  ],
  text: ["Guten Morgen, ", field("name", "text", "liebe Leser"), "\n\nAbbestellen: ", field("leaveUrl", "text"), "\n"],
  headers: [
    ["List-Id", ["Morgenblatt <frueh.briefe.morgenblatt.tld>"]],
    ["List-Unsubscribe", ["<", field("leaveUrl", "header"), ">"]],
    ["List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]],
  ],
  tags: [
    ["issue", ["i12"]],
    ["subscriber", [field("subscriber", "text")]],
  ],
};

function field(name: FieldName, as: "html" | "text" | "header", fallback = ""): Segments[number] {
  return { field: name, as, fallback };
}

const names = ["Zoë", "", "Łukasz <script>", "O'Hara & Söhne", '早 "川" \\ 👩‍👩‍👧', "Anna"];

/** So many readers with names of all kinds; reader `from + n` is always the same. */
export function readers(count: number, from = 0): Recipient[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const address = `leserin${number}@post${number % 3}.tld`;
    return {
      address,
      values: {
        name: names[number % names.length] ?? "",
        email: address,
        subscriber: String(number),
        leaveUrl: `https://morgenblatt.tld/u/t0ken${number}?a=1&b=2`,
        preferencesUrl: `https://morgenblatt.tld/p/t0ken${number}`,
      },
      messageId: `i12.${number}@morgenblatt.tld`,
      date: Date.UTC(2026, 10, 22, 7),
    };
  });
}

/** The chunks of a parcel in one piece. */
export function bytesOf(parcel: Parcel): Buffer {
  return Buffer.concat(parcel.chunks);
}
