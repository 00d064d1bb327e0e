import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../src/config.ts";
import { openContext } from "../../src/node/context.ts";
import { openFile } from "../../src/node/engine.ts";
import { createFileKeep } from "../../src/node/keep.ts";
import { type Beside, besideFile } from "./beside.ts";
import { type Given, type House, ringText } from "./house.ts";
import { scratchFolder } from "./scratch.ts";

/** Whether there are files: of the database, of mails and of templates. */
export const onDisk = true;

/** A context on a folder of its own: real file, real outbox; only clock, randomness and key ring are the test's. */
export async function openHouse({ environment, provider, keepClock, ...own }: Given): Promise<House> {
  const folder = scratchFolder("world");
  const config = readConfig({
    TIDINGS_DATABASE: join(folder, "tidings.db"),
    TIDINGS_KEYS: join(folder, "keys"),
    TIDINGS_OUTBOX: join(folder, "outbox"),
    TIDINGS_TEMPLATES: join(folder, "templates"),
    ...environment,
  });
  mkdirSync(join(config.keys, ".."), { recursive: true });
  writeFileSync(config.keys, ringText, { mode: 0o600 });
  const { ctx, firstToken, close } = await openContext(config, {
    ...own,
    provider: provider(createFileKeep(config.outbox, keepClock)),
  });
  return {
    ctx,
    firstToken,
    folder,
    another: (own) => openContext(config, own),
    beside: (): Beside => besideFile(openFile(config.database)),
    close: () => {
      close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
