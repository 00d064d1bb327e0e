import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../config.ts";
import { AppError } from "../errors.ts";
import type { Cli, Command, Given, Outcome } from "./command.ts";
import { openLocal, openServer, readToken, type Session } from "./connect.ts";
import { abandonAll } from "./move-abandon.ts";
import type { Compared, Course, Side } from "./move-copy.ts";
import { look, moveAll, movingAlready, requireFit, type Standing } from "./move-run.ts";
import { moveLine } from "./progress.ts";
import { reply } from "./reply.ts";
import { table } from "./table.ts";
import { Interrupted } from "./terminal.ts";
import { count, counted } from "./words.ts";

/** Everything of an installation, to another one. */
export const move: Command = {
  summary: "Move everything to another place: a server, a Worker, or a database file.",
  local: true,
  flags: {
    from: { value: "PLACE", help: "Where it is: the address of a server, or the path of a database" },
    to: { value: "PLACE", help: "Where it goes: a fresh installation" },
    "from-token": { value: "FILE", help: "File with the admin token for that server (or TIDINGS_TOKEN)" },
    "to-token": { value: "FILE", help: "Likewise for the other" },
    "dry-run": { help: "Say what would move and what stands in the way; change nothing" },
    abandon: { help: "Give a move up: the source mails again" },
    "without-target": { help: "With --abandon: the target is gone for good, so do not ask it" },
  },
  more: [
    "Nothing is mailed from either side meanwhile. The source answers readers until the last pass, which takes seconds or",
    "minutes. At the end both sides hold the same rows, and the target mails nobody before tidings instance release there.",
    "Ctrl-C or a lost connection harm nothing: the same command goes on. Tokens want all scopes. The key ring goes by hand,",
    "before the move.",
  ].join("\n"),
  examples: [
    "tidings move --from data/tidings.db --to https://letters.example.org --dry-run",
    "tidings move --from https://letters.example.org --to data/tidings.db --from-token worker.token",
  ],
  async run(cli, given) {
    const sessions: Session[] = [];
    const stopped = new AbortController();
    const ignore = cli.terminal.onStop(() => stopped.abort());
    try {
      if (given.has("without-target")) return await abandonAlone(cli, given, sessions);
      const source = await openSide(cli, given, "from", sessions);
      const target = await openSide(cli, given, "to", sessions);
      return await between(cli, given, courseOf(cli, { source, target }, stopped.signal));
    } finally {
      cli.terminal.draw("");
      ignore();
      for (const session of sessions) session.close();
    }
  },
};

async function between(cli: Cli, given: Given, course: Course): Promise<Outcome> {
  const standing = await look(course);
  const going = movingAlready(standing);
  if (given.has("abandon")) return abandon(course, standing, going);
  if (going === null) requireFit(standing);
  const { source, target } = course;
  const { tables: load } = await reply(source.api.transfer.$get({ query: { counts: "yes" } }));
  const loads = load ?? [];
  if (given.has("dry-run")) return wouldMove(course, loads, going !== null);
  const progress = (name: string, rows: number) => showProgress(cli, loads, name, rows);
  const id =
    going ?? [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const tables = await moveAll({ ...course, id, progress }, standing, (words) => cli.note(words));
  return moved(id, { source, target }, tables);
}

function courseOf(cli: Cli, sides: { readonly source: Side; readonly target: Side }, stop: AbortSignal): Course {
  return {
    id: "",
    ...sides,
    progress() {},
    check() {
      if (!stop.aborted) return;
      cli.terminal.draw("");
      throw new Interrupted(
        "Stopped. Nothing leaves from either side, and a source that was closed turns readers away: soon let the same command go on, or give the move up with --abandon.",
      );
    },
    pause: async (ms) => {
      // Ctrl-C ends the wait; the next check says so.
      await sleep(ms, undefined, { signal: stop }).catch(() => undefined);
    },
  };
}

async function openSide(cli: Cli, given: Given, which: "from" | "to", sessions: Session[]): Promise<Side> {
  const name = given.text(which);
  if (name === undefined || name.trim() === "") {
    throw new AppError("invalid", `--${which} is missing: the address of a server, or the path of a database.`, {
      field: `--${which}`,
    });
  }
  const session = await openPlace(cli, given, which, name);
  sessions.push(session);
  const token = session.local?.firstToken ?? null;
  if (token !== null) cli.terminal.err(`The first admin token of ${name}, shown this once: ${token}`);
  return { name, api: session.api };
}

async function openPlace(cli: Cli, given: Given, which: "from" | "to", name: string): Promise<Session> {
  if (/^[a-z]+:\/\//i.test(name)) {
    const token = readToken(given.text(`${which}-token`), cli.environment, (text) => cli.note(text));
    return openServer(name, token);
  }
  const environment = { ...cli.environment, TIDINGS_DATABASE: name };
  if (which === "to" && !existsSync(name)) makeDatabase(environment);
  return openLocal(environment);
}

/** A key ring made for the occasion would fit nothing, and stand in the way of the right one. */
function makeDatabase(environment: Cli["environment"]): void {
  const config = readConfig(environment);
  if (!existsSync(config.keys)) {
    throw new AppError(
      "preflight",
      `There is no key ring at ${config.keys}, and links in mails already sent need the source's.`,
      {
        field: "TIDINGS_KEYS",
        hint: `Put the source's key ring there first, mode 0600. For a Worker it is the file that was handed to wrangler.`,
      },
    );
  }
  mkdirSync(dirname(config.database), { recursive: true });
  // Opening it makes the rest.
  writeFileSync(config.database, "", { mode: 0o600, flag: "a" });
}

function showProgress(cli: Cli, loads: readonly { name: string; rows: number }[], name: string, rows: number): void {
  if (!cli.terminal.canDraw || cli.json) return;
  const total = loads.find((one) => one.name === name)?.rows ?? 0;
  cli.terminal.draw(moveLine(name, rows, Math.max(rows, total), cli.terminal.room));
}

function wouldMove(course: Course, loads: readonly { name: string; rows: number }[], isGoing: boolean): Outcome {
  const total = loads.reduce((sum, { rows }) => sum + rows, 0);
  const words = isGoing ? "This move has begun, and can go on." : "Nothing stands in the way.";
  return {
    json: {
      moved: false,
      from: course.source.name,
      to: course.target.name,
      tables: loads.map(({ name, rows }) => ({ name, rows })),
    },
    text: `${loadTable(loads)}\n\n${words} ${counted(total, "row")} would move from ${course.source.name} to ${course.target.name}.`,
  };
}

function loadTable(loads: readonly { name: string; rows: number }[]): string {
  const filled = loads.filter(({ rows }) => rows > 0);
  return table(
    [{ title: "table" }, { title: "rows", align: "right" }],
    filled.map(({ name, rows }) => [name, count(rows)]),
    80,
  );
}

function moved(
  id: string,
  { source, target }: Pick<Course, "source" | "target">,
  tables: readonly Compared[] | null,
): Outcome {
  const json = { moved: true, id, from: source.name, to: target.name };
  const notes = [
    `Next: let the public address lead to ${target.name}, then look at what waits there and let it leave:`,
    "  tidings instance release",
    `Until then no mail leaves. ${source.name} stays silent for good; keep it until you have seen the target work.`,
  ];
  if (tables === null) {
    return { json: { ...json, tables: [] }, text: `${source.name} has moved to ${target.name} already.`, notes };
  }
  const rows = tables.map(({ name, rows: n, hash }) => [name, count(n), hash.slice(0, 16)]);
  const heads = [{ title: "table" }, { title: "rows", align: "right" as const }, { title: "sha-256, both sides" }];
  const total = tables.reduce((sum, one) => sum + one.rows, 0);
  return {
    json: { ...json, tables: tables.map(({ name, rows: n, hash }) => ({ name, rows: n, hash })) },
    text: `${table(heads, rows, Number.POSITIVE_INFINITY)}\n\nMoved ${counted(total, "row")}: both sides hold the same.`,
    notes,
  };
}

async function abandon(course: Course, standing: Standing, id: string | null): Promise<Outcome> {
  if (id === null) {
    throw new AppError("conflict", "There is no move between these two to give up.", {
      hint: "See what an installation does with: tidings instance show",
    });
  }
  await abandonAll({ ...course, id }, standing);
  return givenUp(course.source.name, id);
}

/** By the word of a person that the target can never be released. */
async function abandonAlone(cli: Cli, given: Given, sessions: Session[]): Promise<Outcome> {
  if (!given.has("abandon")) {
    throw new AppError("invalid", "--without-target goes with --abandon.", { field: "--without-target" });
  }
  const source = await openSide(cli, given, "from", sessions);
  const { move: going } = await reply(source.api.transfer.$get({ query: {} }));
  if (going === null || going.role !== "source") {
    throw new AppError("conflict", `${source.name} does not move anywhere: there is nothing to give up.`);
  }
  await reply(source.api.transfer.abandon.$post({ json: { id: going.id } }));
  return givenUp(source.name, going.id);
}

function givenUp(name: string, id: string): Outcome {
  return {
    json: { abandoned: true, id },
    text: `The move was given up: ${name} mails and answers readers as before.`,
  };
}
