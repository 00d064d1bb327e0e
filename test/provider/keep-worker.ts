// Puts fifty keys of three mails each as soon as it is told to; two of these race in keep.test.ts.
import { createFileKeep } from "../../src/node/keep.ts";

const [folder = "", time = "0"] = process.argv.slice(2);
const keep = createFileKeep(folder, () => Number(time));
const text = new TextEncoder();

process.once("message", () => {
  void run();
});
process.send?.("ready");

async function run(): Promise<void> {
  for (let key = 0; key < 50; key += 1) {
    const mails = [0, 1, 2].map((index) => text.encode(`Subject: ${key}.${index}\r\n\r\nbody\r\n`));
    const [first, second] = await Promise.all([keep.put(`key-${key}`, mails), keep.put(`key-${key}`, mails)]);
    if (first.join() !== second.join()) {
      process.exit(1);
    }
  }
  process.disconnect();
}
