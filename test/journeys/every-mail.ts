import { testIssue } from "../../src/issue/test.ts";
import { tick } from "../../src/jobs.ts";
import type { Mail } from "../world/mail.ts";
import { hour, type World } from "../world.ts";

const welcome = "Welcome aboard. Read [the archive](/n/morning) until the next one comes.";

const source = `---
newsletter: morning
subject: A test of links
slug: tried
---

[Leave]({{ unsubscribe_url }}), [choose]({{ preferences_url }}), [read]({{ web_url }}), [look around]({{ site_url }}).
`;

/** Brings forth a mail of every kind that Tidings sends, by forms and presses alone; returns them all. */
export async function everyMail(world: World): Promise<Mail[]> {
  await world.newsletter("morning", { welcome });
  await world.newsletter("evening");
  await world.instance({ remindHours: 2 });
  // Confirmation, and two hours later the reminder.
  await world.signUp("ada@example.org", ["morning", "evening"]);
  await world.drain();
  world.advance(3 * hour);
  await tick(world.ctx);
  await world.drain();
  // Welcome, then the answer to whoever is subscribed already.
  await world.join("bram@example.org", "morning");
  await world.drain();
  world.advance(24 * hour);
  await world.signUp("bram@example.org", "morning");
  await world.drain();
  // A fresh link, and by it the mail to a new address.
  world.advance(24 * hour);
  await world.post("/preferences", { email: "bram@example.org" });
  await world.drain();
  const manage = (await world.mails("bram@example.org")).flatMap(({ links }) => links).findLast(isFresh) ?? "";
  const moving = await world.post(manage, { do: "address", email: "bram@new.example.org" });
  if (moving.status !== 200) throw new Error(`asking for another address answered ${moving.status}`);
  await world.drain();
  await testIssue(world.ctx, { source, to: "desk@example.org" });
  await world.send("morning", "one", { markdown: source.split("---\n")[2] ?? "" });
  await world.drain();
  await requireEveryKind(world);
  return world.mails();
}

/** Every address of ours in these mails, those in their headers too. */
export function linksOf({ config }: World, mails: readonly Mail[]): string[] {
  const inHeaders = mails.map((mail) => /<(https?:[^>]+)>/.exec(mail.headers.get("list-unsubscribe") ?? "")?.[1] ?? "");
  const all = new Set([...mails.flatMap((mail) => mail.links), ...inHeaders]);
  return [...all].filter((link) => link.startsWith(config.publicUrl));
}

function isFresh(link: string): boolean {
  return link.includes("/manage/");
}

/** A kind that is added later is to be brought forth here too. */
async function requireEveryKind({ ctx }: World): Promise<void> {
  const rows = await ctx.store.db.selectFrom("notices").select("kind").where("batch", "is not", null).execute();
  const found = new Set(rows.map(({ kind }) => kind));
  const kinds = ["confirmation", "reminder", "already", "welcome", "link", "address", "test"] as const;
  const missing = kinds.filter((kind) => !found.has(kind));
  if (missing.length > 0) throw new Error(`no mail of these kinds has left: ${missing.join(", ")}`);
}
