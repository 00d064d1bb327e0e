// The thread that writes for writer.ts. It is sent commits, and null when there will be no more.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { createRunner, openFile } from "./engine.ts";
import { type Order, type Orders, packAnswers, unpackOrders } from "./writer-protocol.ts";

const port = parentPort as MessagePort;
const connection = openFile(workerData as string);
const runner = createRunner(connection);
const texts: string[] = [];

port.on("message", (first: Orders | null) => {
  let group: Order[] = [];
  let next: { message: Orders | null } | undefined = { message: first };
  // All that came while the last group was written shares the next one's sync.
  for (; next !== undefined && next.message !== null; next = receiveMessageOnPort(port)) {
    const { from, texts: fresh, flat } = next.message;
    texts.splice(from, Number.POSITIVE_INFINITY, ...fresh);
    group = group.concat(unpackOrders(flat, texts));
  }
  if (group.length > 0) {
    const outcomes = runner.commit(group.map(({ statements }) => statements));
    port.postMessage(packAnswers(group, outcomes));
  }
  if (next === undefined) return;
  connection.close();
  port.close();
});
