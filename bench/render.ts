// Compiling an issue, filling it for readers, rendering notices: node bench/render.ts [--seconds 3]
import { issueRecipient } from "../src/dispatch/issues.ts";
import { checkIssue, type IssueContent } from "../src/issue/compile.ts";
import type { Recipient } from "../src/mail/message.ts";
import { bundleNotices, type NoticeData, renderNotice } from "../src/mail/notice.ts";
import { join } from "../src/provider/resend/post.ts";
import { createResend } from "../src/provider/resend/send.ts";
import { compare, type Rates, repeat } from "./measure.ts";
import { exampleIssue, openNewsroom } from "./newsroom.ts";
import { conclude, figure, printHead, printTable, ratioOf, readFlags } from "./report.ts";

const rounds = 5;
const { seconds } = readFlags({ seconds: 3 });
const room = await openNewsroom();
const { ctx, newsletter } = room;
const provider = createResend({ apiKey: "re_bench", baseUrl: "http://127.0.0.1", userAgent: "bench", timeout: 1_000 });
const source = exampleIssue();

async function compile(): Promise<IssueContent> {
  const { content, faults } = await checkIssue(ctx, { source });
  if (content === null) throw new Error(`the example issue has faults: ${JSON.stringify(faults)}`);
  return content;
}

/** Milliseconds for one compilation. */
async function timeCompile(): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  const begun = performance.now();
  let times = 0;
  do {
    await compile();
    times += 1;
  } while (performance.now() < end);
  return (performance.now() - begun) / times;
}

/** A hundred readers with their links signed, as dispatch makes them. */
function readersOf(content: IssueContent): Recipient[] {
  const keyId = ctx.signer.currentKey;
  return Array.from({ length: 100 }, (_, place) => {
    const subscriber = place + 1;
    const reader = { newsletter, subscriber, email: `reader${subscriber}@post.tld`, name: `Reader ${subscriber}` };
    return issueRecipient(ctx, content, { ...reader, mail: [1, 1, subscriber], keyId, date: 0 });
  });
}

/** Both sides end with the whole request body in one piece; the bare one only copies the same bytes together. */
function compareFill(content: IssueContent, readers: () => readonly Recipient[]): Promise<Rates> {
  const fill = provider.issue(content.mail);
  const ready = fill(readersOf(content));
  const own = () => {
    const { chunks, size } = fill(readers());
    join(chunks, size);
  };
  const bare = () => {
    Buffer.concat(ready.chunks, ready.size);
  };
  const slice = seconds / rounds;
  repeat(own, slice / 4);
  repeat(bare, slice / 4);
  return compare({ own: () => repeat(own, slice), bare: () => repeat(bare, slice) }, rounds);
}

/** A confirmation mail as a sign-up for one newsletter leads to. */
function compareNotices(): Promise<Rates> {
  const bundle = bundleNotices(ctx.templates);
  const key = "A".repeat(43);
  const data: NoticeData = {
    site: "The Harbour Courier",
    language: "en",
    operator: {
      name: "Harbour Courier Publishing Cooperative",
      postalAddress: "14 Ropewalk\nMerrowhaven MH1 4RW",
      privacyUrl: "https://harbourcourier.example/privacy",
      contact: "readers@harbourcourier.example",
    },
    confirming: [{ name: "Morning Tide", pitch: "What Merrowhaven needs to know.", frequency: "Every day" }],
    already: [],
    welcome: [],
    own: {},
    notMeUrl: "",
    manageUrl: "",
    addressUrl: "",
    confirmUrl: `https://letters.harbourcourier.example/confirm/${key}`,
    preferencesUrl: `https://letters.harbourcourier.example/p/${key}`,
    leaveUrl: `https://letters.harbourcourier.example/p/${key}`,
    hours: 72,
    hubUrl: "https://letters.harbourcourier.example/",
  };
  const { subject, html, text } = renderNotice(bundle, "confirmation", data);
  const cut = (whole: string) => whole.split(key);
  const pieces = [subject, html, text].map(cut);
  const own = () => {
    renderNotice(bundle, "confirmation", data);
  };
  const bare = () => {
    encoder.encode(pieces.map((piece) => piece.join(key)).join(""));
  };
  const slice = seconds / rounds;
  repeat(own, slice / 4);
  repeat(bare, slice / 4);
  return compare({ own: () => repeat(own, slice), bare: () => repeat(bare, slice) }, rounds);
}

const encoder = new TextEncoder();

printHead("render");
const content = await compile();
const size = provider.issue(content.mail)(readersOf(content)).size / 100;
const compiled = await timeCompile();
const recipients = readersOf(content);
const filled = await compareFill(content, () => recipients);
const signed = await compareFill(content, () => readersOf(content));
const notices = await compareNotices();
console.log(`  Compiling the example issue, ${figure(size / 1_000)} kB as a mail: ${figure(compiled)} ms`);
printTable([
  ["", "Tidings", "bare", "× bare"],
  ["batches of 100 filled, per s", figure(filled.own), figure(filled.bare), ratioOf(filled)],
  ["batches of 100 signed and filled, per s", figure(signed.own), figure(signed.bare), ratioOf(signed)],
  ["confirmation mails rendered, per s", figure(notices.own), figure(notices.bare), ratioOf(notices)],
]);
conclude([
  { what: "fill", ...filled },
  { what: "sign and fill", ...signed },
  { what: "notices", ...notices },
]);
await room.close();
