// Dispatch of an issue by SMTP: node bench/smtp.ts [--readers 20000] [--rounds 3] [--connections 10]
import { startChild } from "./children.ts";
import { compete } from "./dispatch-run.ts";
import { printHead, readFlags } from "./report.ts";

const { readers, rounds, connections } = readFlags({ readers: 20_000, rounds: 3, connections: 10 });
const sink = await startChild("smtp-sink.ts", []);
const [port = "", counts = ""] = sink.line.split(" ");

printHead("smtp");
await compete({
  what: `${readers.toLocaleString("en")} readers, ${connections} connections`,
  order: {
    settings: {
      TIDINGS_PROVIDER: "smtp",
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      TIDINGS_PARALLEL: String(connections),
    },
    readers,
    parallel: connections,
  },
  rounds,
  sides: [
    ["smtp", "bare"],
    ["own", "Tidings"],
  ],
  counts,
  ceiling: null,
});
await sink.stop();
