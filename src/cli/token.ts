import { AppError } from "../errors.ts";
import type { Scope } from "../instance/tokens.ts";
import type { Command, Noun } from "./command.ts";
import { pathPart, reply } from "./reply.ts";
import { table } from "./table.ts";
import { moment } from "./words.ts";

const create: Command = {
  summary: "Make an admin token; its secret is shown this once.",
  flags: {
    name: { value: "TEXT", help: "Who or what will use it" },
    scopes: { value: "LIST", help: "Some of read,write,send" },
  },
  more: "Standard output has the secret and nothing else.",
  examples: ['tidings token create --name "night desk" --scopes read,write,send'],
  async run(cli, given) {
    const name = given.text("name");
    const scopes = given.text("scopes");
    if (name === undefined || scopes === undefined) {
      throw new AppError("invalid", "--name and --scopes are needed.", { hint: "See: tidings token create --help" });
    }
    const { api } = await cli.connect();
    // The API checks the words.
    const list = scopes.split(",").map((scope) => scope.trim()) as Scope[];
    const { id, secret } = await reply(api.tokens.$post({ json: { name, scopes: list } }));
    return {
      json: { id, secret },
      text: secret,
      notes: [`This is token ${id}. It is shown this once and kept as a hash alone: store it now.`],
    };
  },
};

const revoke: Command = {
  summary: "End an admin token at once.",
  positionals: [{ name: "ID" }],
  examples: ["tidings token revoke 3"],
  async run(cli, given) {
    const { api } = await cli.connect();
    const [id = ""] = given.words;
    const { revoked } = await reply(api.tokens[":id"].revoke.$post({ param: { id: pathPart(id) } }));
    return { json: { revoked }, text: `Token ${id} opens nothing any more.` };
  },
};

const list: Command = {
  summary: "List admin tokens without their secrets.",
  examples: ["tidings token list"],
  async run(cli) {
    const { api } = await cli.connect();
    const { tokens } = await reply(api.tokens.$get());
    const rows = tokens.map((one) => [
      String(one.id),
      one.name,
      one.scopes.join(","),
      moment(one.createdAt),
      moment(one.lastUsedAt),
      one.revokedAt === null ? "" : `revoked ${moment(one.revokedAt)}`,
    ]);
    const heads = ["name", "scopes", "made", "last used", "state"].map((title) => ({ title }));
    return { json: { tokens }, text: table([{ title: "id", align: "right" }, ...heads], rows, cli.terminal.columns) };
  },
};

/** Who may use the admin API. */
export const token: Noun = {
  summary: "Admin tokens: who may use the API of a server.",
  verbs: { create, revoke, list },
};
