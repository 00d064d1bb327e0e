// Signs up one new address after the other, as a form does: node bench/form-client.ts URL CONNECTIONS SECONDS [NAME] [pasted]
// With "pasted" it is a form of another site, which can be sent at once. Prints what came of it as one line of JSON.
import { setTimeout as pause } from "node:timers/promises";
import { drive } from "./drive.ts";

const [url = "", connections = "1", seconds = "1", name = "reader", kind = "own"] = process.argv.slice(2);

/** A form that comes back sooner than a person could fill it in is suspect. */
const shortest = 2_500;

/** What the page's own form sends besides the address. */
async function hiddenFields(): Promise<string> {
  const page = await fetch(`${url}/n/morning`);
  const html = await page.text();
  const seen = /name="seen" value="([^"]+)"/.exec(html)?.[1];
  if (page.status === 404) return "";
  if (seen === undefined) throw new Error("the page has no form with the time of its rendering");
  await pause(shortest);
  return `&seen=${encodeURIComponent(seen)}&form=n%2Fmorning`;
}

const hidden = kind === "pasted" ? "" : await hiddenFields();
let posted = 0;

function next(): { path: string; form: string } {
  posted += 1;
  return { path: "/subscribe", form: `email=${name}${posted}%40forms.tld&newsletter=morning${hidden}` };
}

const asked = { url, connections: Number(connections), seconds: Number(seconds) };
console.log(JSON.stringify(await drive({ ...asked, next, status: 303 })));
