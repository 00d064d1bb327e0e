// Presses the button of a confirmation link many times at once, as soon as it is told to; two of these race.
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/node/context.ts";

const [path = "", times = "0", now = "0"] = process.argv.slice(2);
const opened = await openContext(readConfig(process.env), { clock: () => Number(now) });
const app = createApp(opened.ctx);

process.once("message", () => {
  void press();
});
process.send?.("ready");

async function press(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: Number(times) }, () => app.request(path, { method: "POST" })));
  const seen = answers.map((answer) => `${answer.status} ${answer.headers.get("location")}`);
  opened.close();
  process.send?.(seen, () => process.disconnect());
}
