import { describe, expect, test } from "vitest";
import { webCopy } from "../../src/issue/archive.ts";
import { cancelIssue } from "../../src/issue/cancel.ts";
import { correctIssue } from "../../src/issue/correct.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { minute } from "../world.ts";
import { refusal } from "./steered.ts";

function file(text: string, head: { slug?: string; subject?: string; more?: string } = {}): string {
  const { slug = "one", subject = "News of one", more = "" } = head;
  return `---\nnewsletter: ${newsletter}\nsubject: ${subject}\nslug: ${slug}\n${more}---\n\n${text}\n`;
}

const mended = file("Good morning.\n\nThe tide is in.", { subject: "Better news" });

async function openSent(): Promise<Office> {
  const office = await openOffice({ readers: 3 });
  await office.start("one");
  await office.drain();
  office.advance(minute);
  return office;
}

async function issueRow(office: Office): Promise<Record<string, unknown>> {
  const rows = office.connection.prepare<[], Record<string, unknown>>("select * from issues where slug = 'one'");
  const [row] = await rows.all();
  if (row === undefined) throw new Error("there is no such issue");
  return row;
}

async function shown(office: Office) {
  const copy = await webCopy(office.ctx, { newsletter, issue: "one", preview: null });
  if (copy.outcome === "unknown") throw new Error("the issue cannot be read");
  return copy;
}

test("a correction takes the place of the web copy, and is told with its time and note", async () => {
  const office = await openSent();
  expect(await shown(office)).toMatchObject({ title: "News of one", correction: null });
  const note = "An earlier version said that the tide was out.";
  const done = await correctIssue(office.ctx, { source: mended, note });
  const url = "https://letters.harbourcourier.example/n/tide/one";
  expect(done).toMatchObject({ corrected: true, note, replaced: "", url });
  expect(done.issue.correctedAt).toBe(office.clock.now);
  const copy = await shown(office);
  expect(copy).toMatchObject({ title: "Better news", correction: { at: office.clock.now, note } });
  expect(copy.html).toContain("The tide is in.");
  const html = await (await office.get("/n/tide/one")).text();
  expect(html).toContain(
    'Corrected on <time datetime="2026-11-22T08:01:00.000Z">22 November 2026 at 08:01 UTC</time>.',
  );
  expect(html).toContain(note);
});

test("what was mailed stays as it is: content, source, subject, ledger, and mails that are still to leave", async () => {
  const office = await openOffice({ readers: 30, limits: { members: 10 } });
  await office.start("one");
  await office.turn();
  const before = await issueRow(office);
  const left = (await office.mails()).length;
  await correctIssue(office.ctx, { source: mended, note: "Better." });
  const after = await issueRow(office);
  for (const column of ["content", "source", "subject", "status", "issued_at", "updated_at", "started_at"]) {
    expect(after[column], column).toEqual(before[column]);
  }
  await office.drain();
  const mails = await office.mails();
  expect(left).toBeLessThan(30);
  expect(mails).toHaveLength(30);
  for (const mail of mails)
    expect([mail.subject, mail.text.includes("The tide is out.")]).toEqual(["News of one", true]);
});

test("a repeat changes nothing; another note does, and says which one it replaced", async () => {
  const office = await openSent();
  await correctIssue(office.ctx, { source: mended, note: "First." });
  const before = await issueRow(office);
  office.advance(minute);
  expect(await correctIssue(office.ctx, { source: mended, note: "First." })).toMatchObject({ corrected: false });
  expect(await issueRow(office)).toEqual(before);
  expect(await correctIssue(office.ctx, { source: mended, note: "Second." })).toMatchObject({
    corrected: true,
    replaced: "First.",
  });
  expect((await shown(office)).correction).toEqual({ at: office.clock.now, note: "Second." });
});

test("the file as it was mailed corrects nothing, but after a correction it is one", async () => {
  const office = await openSent();
  const source = String((await issueRow(office)).source);
  expect(await correctIssue(office.ctx, { source })).toMatchObject({ corrected: false });
  expect((await shown(office)).correction).toBeNull();
  await correctIssue(office.ctx, { source: mended });
  expect(await correctIssue(office.ctx, { source })).toMatchObject({ corrected: true });
  expect(await shown(office)).toMatchObject({ title: "News of one", correction: { note: "" } });
});

test("two at once are both whole: the last one stands", async () => {
  const office = await openSent();
  const other = file("Quite another text.");
  await Promise.all([
    correctIssue(office.ctx, { source: mended, note: "A." }),
    correctIssue(office.ctx, { source: other, note: "B." }),
  ]);
  const { html, correction } = await shown(office);
  expect(html.includes("The tide is in.") ? "A." : "B.").toBe(correction?.note);
});

describe("it is refused", () => {
  test("for a draft and a scheduled issue, with what to do instead", async () => {
    const office = await openOffice({ readers: 1 });
    await saveDraft(office.ctx, { source: mended });
    const fault = await refusal(correctIssue(office.ctx, { source: mended }));
    expect([fault.code, fault.details.hint]).toEqual(["refused", "Change its file, and send that."]);
    expect(fault.message).toBe("tide/one has not gone out (draft): there is no web copy to correct.");
  });

  test("for an issue that nobody knows", async () => {
    const office = await openOffice({ readers: 1 });
    expect((await refusal(correctIssue(office.ctx, { source: mended }))).code).toBe("not-found");
  });

  test("where issues cannot be read in a browser", async () => {
    const office = await openSent();
    await editNewsletter(office.ctx, { slug: newsletter, changes: { archive: "none" } });
    const fault = await refusal(correctIssue(office.ctx, { source: mended }));
    expect([fault.code, fault.details.field]).toEqual(["refused", "archive"]);
  });

  test("for a file with an error, with its faults", async () => {
    const office = await openSent();
    const fault = await refusal(correctIssue(office.ctx, { source: file("A {{ nothing }}.") }));
    expect(fault.code).toBe("preflight");
    expect(fault.details.faults).toContainEqual(expect.objectContaining({ rule: "unknown-field", line: 7 }));
    expect((await shown(office)).correction).toBeNull();
  });

  test("for another date than was mailed, with the line as it was", async () => {
    const office = await openOffice({ readers: 1 });
    await saveDraft(office.ctx, { source: file("Good morning.", { more: "date: 2026-11-22\n" }) });
    await office.start("two");
    const dated = file("Good morning.", { slug: "two", more: "date: 2026-11-23\n" });
    const fault = await refusal(correctIssue(office.ctx, { source: dated }));
    expect([fault.code, fault.details.field]).toEqual(["invalid", "date"]);
    expect(fault.details.hint).toBe("Take the line out of the file: it was mailed without one.");
  });

  test.each(["a\nb", "a\u0007b", "a".repeat(501)])("with the note %j", async (note) => {
    const office = await openSent();
    const fault = await refusal(correctIssue(office.ctx, { source: mended, note }));
    expect([fault.code, fault.details.field]).toEqual(["invalid", "note"]);
  });
});

test("the copy of a cancelled issue that had left can be corrected too, and stays in no list", async () => {
  const office = await openOffice({ readers: 30, limits: { members: 10 } });
  await office.start("one");
  await office.turn();
  await cancelIssue(office.ctx, { newsletter, slug: "one" });
  await correctIssue(office.ctx, { source: mended });
  expect(await shown(office)).toMatchObject({ title: "Better news", listed: false });
  expect(await (await office.get("/n/tide/feed.json")).text()).not.toContain("Better news");
});

test("lists and feeds show the corrected headline", async () => {
  const office = await openSent();
  await correctIssue(office.ctx, { source: mended });
  for (const path of ["/n/tide", "/n/tide/archive", "/n/tide/feed.xml", "/n/tide/feed.json"]) {
    const text = await (await office.get(path)).text();
    expect(text, path).toContain("Better news");
    expect(text, path).not.toContain("News of one");
  }
});
