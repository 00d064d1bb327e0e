import { describe, expect, test } from "vitest";
import type { Reply } from "../../../src/provider/smtp/replies.ts";
import { blameOf, judge, type Phase, replyTable, type Verdict } from "../../../src/provider/smtp/table.ts";

function reply(text: string): Reply {
  return { code: Number(text.slice(0, 3)), lines: [text.slice(4)] };
}

/** Each line: what was asked, what was answered, what it means. */
const rows: readonly (readonly [Phase, string, Verdict])[] = [
  ["greeting", "220 mx ESMTP", "go"],
  ["greeting", "421 4.3.2 Busy", "retry"],
  ["greeting", "554 5.7.1 Listed", "retry"],
  ["greeting", "450 Later", "retry"],
  ["greeting", "354 What", "retry"],
  ["hello", "250 mx", "go"],
  ["hello", "421 4.3.2 Busy", "retry"],
  ["hello", "450 4.7.1 Name not found", "retry"],
  ["hello", "501 5.5.4 Bad name", "halt"],
  ["hello", "550 5.7.1 Not you", "halt"],
  ["hello", "530 5.7.0 TLS first", "halt"],
  ["starttls", "220 2.0.0 Go", "go"],
  ["starttls", "454 4.7.0 Later", "retry"],
  ["starttls", "421 4.7.0 Later", "retry"],
  ["starttls", "501 5.5.4 No", "halt"],
  ["starttls", "503 5.5.1 No", "halt"],
  ["auth", "235 2.7.0 In", "go"],
  ["auth", "421 4.7.0 Later", "retry"],
  ["auth", "432 4.7.12 Change it", "retry"],
  ["auth", "454 4.7.0 Later", "retry"],
  ["auth", "504 5.5.4 Unknown", "halt"],
  ["auth", "530 5.7.0 TLS first", "halt"],
  ["auth", "534 5.7.9 Weak", "halt"],
  ["auth", "535 5.7.8 Wrong", "halt"],
  ["auth", "538 5.7.11 TLS first", "halt"],
  ["reset", "250 Ok", "go"],
  ["reset", "421 4.4.2 Idle", "retry"],
  ["reset", "500 What", "retry"],
  ["mail", "250 2.1.0 Ok", "go"],
  ["mail", "421 4.7.0 Enough", "retry"],
  ["mail", "450 4.1.8 Domain not found", "retry"],
  ["mail", "451 4.3.0 Later", "retry"],
  ["mail", "452 4.3.1 Full", "retry"],
  ["mail", "523 5.2.3 Too long", "rejected"],
  ["mail", "530 5.7.0 Log in", "halt"],
  ["mail", "550 5.7.1 Not your name", "halt"],
  ["mail", "552 5.3.4 Too big", "rejected"],
  ["mail", "552 Too big", "rejected"],
  ["mail", "553 5.1.8 Bad sender", "halt"],
  ["mail", "555 5.5.4 Unknown parameter", "halt"],
  ["mail", "354 What", "retry"],
  ["rcpt", "250 2.1.5 Ok", "go"],
  ["rcpt", "251 2.1.5 Will forward", "go"],
  ["rcpt", "252 2.1.5 Maybe", "go"],
  ["rcpt", "421 4.3.2 Restart", "retry"],
  ["rcpt", "450 4.2.0 Greylisted", "later"],
  ["rcpt", "451 4.7.1 Greylisted", "later"],
  ["rcpt", "451 Greylisted", "later"],
  ["rcpt", "452 4.2.2 Full", "later"],
  ["rcpt", "452 4.3.1 Disk full", "retry"],
  ["rcpt", "451 4.3.2 Not now", "retry"],
  ["rcpt", "452 4.5.3 Too many", "later"],
  ["rcpt", "501 5.1.3 Bad address", "rejected"],
  ["rcpt", "503 5.5.1 Out of order", "halt"],
  ["rcpt", "530 5.7.0 Log in", "halt"],
  ["rcpt", "550 5.1.1 Unknown", "rejected"],
  ["rcpt", "550 5.1.2 No such host", "rejected"],
  ["rcpt", "550 5.1.6 Moved", "rejected"],
  ["rcpt", "550 5.1.10 Null MX", "rejected"],
  ["rcpt", "550 5.2.1 Disabled", "rejected"],
  ["rcpt", "550 5.1.1 Unknown, not relayed", "rejected"],
  ["rcpt", "550 5.7.1 Blocked", "rejected"],
  ["rcpt", "550 5.7.1 Unable to relay", "halt"],
  ["rcpt", "550 relay not permitted", "halt"],
  ["rcpt", "554 5.7.1 Relay access denied", "halt"],
  ["rcpt", "552 5.2.2 Full", "rejected"],
  ["rcpt", "553 Bad name", "rejected"],
  ["rcpt", "354 What", "retry"],
  ["data", "354 Go", "go"],
  ["data", "250 Ok", "retry"],
  ["data", "421 4.3.2 Restart", "retry"],
  ["data", "451 4.7.1 Later", "later"],
  ["data", "452 4.3.1 Full", "retry"],
  ["data", "503 5.5.1 Out of order", "halt"],
  ["data", "552 5.3.4 Too big", "rejected"],
  ["data", "554 5.7.1 No", "rejected"],
  ["dot", "250 2.0.0 Queued", "go"],
  ["dot", "259 Fine", "go"],
  ["dot", "354 More", "unsure"],
  ["dot", "421 4.3.2 Restart", "retry"],
  ["dot", "450 4.2.1 Busy", "later"],
  ["dot", "451 4.3.0 Error", "later"],
  ["dot", "452 4.2.2 Full", "later"],
  ["dot", "452 4.3.1 Full", "retry"],
  ["dot", "530 5.7.0 Log in", "halt"],
  ["dot", "550 5.7.1 Content", "rejected"],
  ["dot", "552 5.3.4 Too big", "rejected"],
  ["dot", "554 5.7.1 Spam", "rejected"],
  ["dot", "554 5.6.0 Malformed", "rejected"],
];

describe("the table of replies", () => {
  test.each(rows)("takes, at %s, %s for %s", (phase, text, verdict) => {
    expect(judge(phase, reply(text)).verdict).toBe(verdict);
  });

  test("has a line above for each of its rows", () => {
    const used = replyTable.filter((row) =>
      rows.some(
        ([phase, text]) =>
          (row.phases === undefined || row.phases.includes(phase)) &&
          row.code.test(text.slice(0, 3)) &&
          (row.enhanced === undefined || row.enhanced.test(text.slice(4).split(" ")[0] ?? "")) &&
          (row.words === undefined || row.words.test(text)),
      ),
    );
    expect(used).toHaveLength(replyTable.length);
  });

  test("says for each row where that is laid down", () => {
    expect(replyTable.filter(({ rule }) => !/RFC \d+ §\d|RULES §\d|REL-\d/.test(rule))).toEqual([]);
  });

  test("leaves a mail in doubt for nothing but a strange answer to its end", () => {
    expect(rows.filter(([, , verdict]) => verdict === "unsure")).toEqual([["dot", "354 More", "unsure"]]);
  });

  test("takes a word about relaying for one reader's once the server has accepted a mail", () => {
    const found = reply("550 5.7.1 Unable to relay");
    expect([judge("rcpt", found, false).verdict, judge("rcpt", found, true).verdict]).toEqual(["halt", "rejected"]);
  });
});

describe("a reason", () => {
  test("is of one reader's mail in the server's own words, with both codes", () => {
    expect(judge("rcpt", reply("550 5.1.1 <a@b.tld>: No such user")).reason).toBe(
      "SMTP 550 5.1.1: <a@b.tld>: No such user",
    );
    expect(judge("dot", reply("554 Spam")).reason).toBe("SMTP 554: Spam");
    expect(judge("rcpt", reply("450")).reason).toBe("SMTP 450");
  });

  test("is of the whole call in a sentence, with what to do about it", () => {
    expect(judge("mail", reply("550 5.7.1 Not your name")).reason).toBe(
      "The mail server refused the sender: SMTP 550 5.7.1: Not your name. Check the sender's address and what the server lets it send.",
    );
    expect(judge("auth", reply("535 5.7.8 Wrong!")).reason).toBe(
      "The mail server refused the login: SMTP 535 5.7.8: Wrong. Check user and password in SMTP_URL.",
    );
  });

  test("tells whose doing it was (RULES §5)", () => {
    const blames = (text: string) => blameOf(judge("rcpt", reply(text), true).reason);
    for (const code of ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]) {
      expect(blames(`550 ${code} x`), code).toBe("address");
    }
    for (const code of ["5.7.1", "5.7.26", "5.3.4", "5.6.0", "5.2.3"])
      expect(blames(`550 ${code} x`), code).toBe("sender");
    expect(blames("552 5.2.2 Full")).toBe("mailbox");
    expect([blames("550 No such user"), blames("550 5.1.0 x"), blames("550 5.1.11 x"), blameOf("anything")]).toEqual(
      Array(4).fill("unknown"),
    );
  });
});
