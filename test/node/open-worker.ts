// Opens a database as a start does, and says so just before.
import { openFile } from "../../src/node/engine.ts";
import { migrate } from "../../src/node/migrate.ts";

const [file = ""] = process.argv.slice(2);

process.send?.("opening", () => {
  const connection = openFile(file);
  migrate(connection);
  connection.close();
  process.disconnect();
});
