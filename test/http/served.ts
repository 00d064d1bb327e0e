import { readConfig } from "../../src/config.ts";
import { type Running, serve } from "../../src/node/serve.ts";
import type { World } from "../world.ts";

/** A server of a world's installation on a port of its own, as `tidings serve` starts it; a test stops it. */
export function serveWorld({ config }: World, settings: Record<string, string>): Promise<Running> {
  return serve(
    readConfig({
      TIDINGS_PUBLIC_URL: config.publicUrl,
      TIDINGS_DATABASE: config.database,
      TIDINGS_KEYS: config.keys,
      TIDINGS_OUTBOX: config.outbox,
      TIDINGS_TEMPLATES: config.templates,
      TIDINGS_PORT: "0",
      TIDINGS_LOG: "silent",
      ...settings,
    }),
  );
}
