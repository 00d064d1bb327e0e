// Presses the button behind one link after the other: node bench/link-client.ts URL CONNECTIONS SECONDS FILE STATUS FORM
// FILE holds a path on each line. Prints what came of it as one line of JSON.
import { readFileSync } from "node:fs";
import { drive } from "./drive.ts";

const [url = "", connections = "1", seconds = "1", file = "", status = "303", form = ""] = process.argv.slice(2);
const paths = readFileSync(file, "utf8").split("\n");
let pressed = 0;

function next(): { path: string; form: string } | null {
  const path = paths[pressed++];
  return path === undefined || path === "" ? null : { path, form };
}

const asked = { url, connections: Number(connections), seconds: Number(seconds), status: Number(status) };
console.log(JSON.stringify(await drive({ ...asked, next })));
