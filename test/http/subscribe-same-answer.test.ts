import { expect, test } from "vitest";
import { addSuppression } from "../../src/suppression/add.ts";
import { openSite, post, postJson, type Site, signUp, statuses, subscribeFully } from "./site.ts";

const states = ["new", "pending", "active", "unsubscribed", "suppressed"] as const;

async function settle(site: Site): Promise<void> {
  await signUp(site, "pending@harbour.example", "morning-tide");
  await subscribeFully(site, "active@harbour.example", "morning-tide");
  const links = await subscribeFully(site, "unsubscribed@harbour.example", "morning-tide");
  await site.app.request(`/u/${links.leave("morning-tide")}`, { method: "POST" });
  await addSuppression(site.ctx, { address: "suppressed@harbour.example", reason: "manual" });
}

async function bytesOf(answer: Response): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return `${answer.status}\n${headers}\n\n${await answer.text()}`;
}

test("status, headers and bytes of the answer are the same for every known and unknown address (I7)", async () => {
  const site = await openSite();
  await settle(site);
  expect(await statuses(site, "active@harbour.example")).toEqual({ "morning-tide": "active" });
  expect(await statuses(site, "unsubscribed@harbour.example")).toEqual({ "morning-tide": "unsubscribed" });
  const forms = new Set<string>();
  const programs = new Set<string>();
  for (const state of states) {
    const email = `${state}@harbour.example`;
    forms.add(await bytesOf(await post(site, "/subscribe", { email, newsletter: "morning-tide" })));
    programs.add(await bytesOf(await postJson(site, "/subscribe", { email, newsletters: ["morning-tide"] })));
  }
  expect([...forms]).toHaveLength(1);
  expect([...programs]).toHaveLength(1);
});
