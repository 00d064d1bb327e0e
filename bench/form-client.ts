// Signs up one new address after the other, as a form does: node bench/form-client.ts URL CONNECTIONS SECONDS [NAME]
// Prints what came of it as one line of JSON.
import { Agent, request } from "node:http";

/** What the client saw; times in ms. */
export interface Seen {
  /** All requests, those of the warm-up included. */
  readonly posted: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Seconds that were measured, after the warm-up. */
  readonly seconds: number;
  /** Share of one core that the client itself used: near 1, it is the client that is measured. */
  readonly busy: number;
}

const [url = "", connections = "1", seconds = "1", name = "reader"] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const measured = Number(seconds) * 1_000;
const warmUp = Math.min(1_000, measured / 2);
const begun = performance.now();
const times: number[] = [];
let posted = 0;
let used = process.cpuUsage();
let usedFrom = begun;

function post(body: string): Promise<void> {
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/subscribe`, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 303) resolve();
        else reject(new Error(`a sign-up was answered with ${response.statusCode}`));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function signUp(): Promise<void> {
  let counted = false;
  for (;;) {
    const at = performance.now();
    // One at least, however slow the machine is.
    if (counted && at > begun + warmUp + measured) return;
    if (at > begun + warmUp && usedFrom === begun) {
      used = process.cpuUsage();
      usedFrom = at;
    }
    posted += 1;
    await post(`email=${name}${posted}%40forms.tld&newsletter=morning`);
    if (at <= begun + warmUp) continue;
    times.push(performance.now() - at);
    counted = true;
  }
}

await Promise.all(Array.from({ length: Number(connections) }, signUp));
const spent = (performance.now() - begun - warmUp) / 1_000;
const { user, system } = process.cpuUsage(used);
agent.destroy();
times.sort((a, b) => a - b);
const seen: Seen = {
  posted,
  perSecond: times.length / spent,
  p50: times[Math.floor(times.length * 0.5)] ?? 0,
  p99: times[Math.floor(times.length * 0.99)] ?? 0,
  seconds: spent,
  busy: (user + system) / 1_000 / (performance.now() - usedFrom),
};
console.log(JSON.stringify(seen));
