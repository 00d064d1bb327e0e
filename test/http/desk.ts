import { createApp } from "../../src/app.ts";
import { grantToken } from "../../src/instance/grant.ts";
import type { Scope } from "../../src/instance/tokens.ts";
import { openWorld, type World, type WorldOptions } from "../world.ts";

/** The secret that the command line would make for itself. */
export const operatorToken = "operator-of-this-process-alone";

/** An answer of the API, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back.
  readonly body: any;
}

export interface Desk {
  readonly world: World;
  readonly app: ReturnType<typeof createApp>;
  /** Calls the API with a token, the operator's unless another or none (null) is given. */
  call(method: string, path: string, json?: unknown, token?: string | null): Promise<Answer>;
  /** Makes a token with these scopes. */
  token(...scopes: Scope[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The admin API on a world of its own. */
export async function openDesk(options: WorldOptions = {}): Promise<Desk> {
  const world = await openWorld(options);
  const app = createApp(world.ctx, { operatorToken });
  return {
    world,
    app,
    async call(method, path, json, token = operatorToken) {
      const headers = new Headers(token === null ? {} : { authorization: `Bearer ${token}` });
      if (json !== undefined) headers.set("content-type", "application/json");
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      const response = await app.request(path, { method, headers, ...body });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    token: async (...scopes) => (await grantToken(world.ctx, { name: "test", scopes })).secret,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** An issue file of a newsletter. */
export function issueFile(newsletter: string, slug: string, subject = `News of ${slug}`): string {
  return `---\nnewsletter: ${newsletter}\nsubject: ${subject}\npreheader: What there is to know\nslug: ${slug}\n---\n\nGood morning.\n`;
}
