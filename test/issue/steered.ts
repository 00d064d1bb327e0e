import { claimIssueBatch } from "../../src/delivery/claim.ts";
import { payIssueBatch } from "../../src/dispatch/issues.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { AppError } from "../../src/errors.ts";
import type { IssueName } from "../../src/issue/find.ts";
import { saveDraft } from "../../src/issue/save.ts";
import type { Outcome } from "../../src/provider/contract.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";

/** The issue that tests steer. */
export const one: IssueName = { newsletter, slug: "one" };

/** An office of 40 readers whose issue is planned in batches of ten; nothing has left yet. */
export async function openSteered(options: Parameters<typeof openOffice>[0] = {}): Promise<Office> {
  const office = await openOffice({ readers: 40, limits: { members: 10 }, ...options });
  await office.start();
  while (await planSlice(office.ctx));
  return office;
}

/** The file of an issue without more to it than a text. */
export function source(text: string, slug = one.slug): string {
  return `---\nnewsletter: ${newsletter}\nsubject: News\nslug: ${slug}\n---\n\n${text}\n`;
}

/** An office with so many readers and a draft for them. */
export async function openDraft(readers = 3): Promise<Office> {
  const office = await openOffice({ readers });
  await saveDraft(office.ctx, { source: source("Good morning.") });
  return office;
}

/** Pays so many batches with what the outbox pretends; null lets it keep the mails. */
export async function payWith(office: Office, ...outcomes: (Outcome | null)[]): Promise<void> {
  for (const outcome of outcomes) {
    office.fault = () => outcome;
    if (!(await payIssueBatch(office.ctx))) throw new Error("no batch is due");
  }
  office.fault = () => null;
}

/** With what a verb was refused; throws whatever is no refusal. */
export async function refusal(promise: Promise<unknown>): Promise<AppError> {
  const fault = await promise.then(
    () => new Error("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(fault instanceof AppError)) throw fault;
  return fault;
}

/** A batch in the hands of a process that does nothing with it. */
export async function holdBatch(office: Office) {
  const claim = await claimIssueBatch(office.ctx);
  if (claim === null) throw new Error("no batch is due");
  return claim;
}

/** Makes a mail of a reader end in a state of its own, as a way out that settles each mail by itself does. */
export async function setOwn(
  { connection, clock }: Office,
  reader: number,
  state: "failed" | "in_doubt",
  reason = "refused",
): Promise<void> {
  const { changes } = await connection
    .prepare("update batches set size = size - 1 where first <= ? and last >= ? and state = 'accepted'")
    .run(reader, reader);
  if (changes !== 1) throw new Error(`reader ${reader} is in no accepted range`);
  await connection
    .prepare("update deliveries set state = ?, reason = ?, at = ? where subscriber = ? and state is null")
    .run(state, reason, clock.now, reader);
}

/** Subjects of issues that have come to a reader's inbox, by the outbox. */
export async function got(office: Office, reader: number): Promise<number> {
  return (await office.mails(`reader${reader}@post.tld`)).length;
}
