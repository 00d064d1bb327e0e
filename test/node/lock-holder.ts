// Holds the write lock of a database from its start until so many milliseconds after it is told to let go.
import Database from "better-sqlite3";

const [file = ""] = process.argv.slice(2);
const connection = new Database(file);
connection.exec("begin immediate");
process.send?.("held");

process.once("message", (after: number) => {
  setTimeout(() => {
    connection.exec("rollback");
    connection.close();
    process.disconnect();
  }, after);
});
