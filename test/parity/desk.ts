import { form, json } from "./oddities.ts";
import { type Answered, type Asked, ask, type Pair } from "./pair.ts";

/** Short ways to ask both sides. */
export interface Desk {
  get(path: string, more?: Partial<Asked>): Promise<Answered>;
  /** Posts a form, unless told otherwise. */
  post(path: string, body: string, more?: Partial<Asked>): Promise<Answered>;
  /** Asks the API, below /api and with JSON, as the first admin. */
  admin(method: string, path: string, body?: unknown): Promise<Answered>;
  /** Waits for the newest mail of an address on both sides, and keeps its id under a name. */
  receive(name: string, to: string, words: string): Promise<void>;
  /** The path of a link in a mail; both sides must have mailed the same one. */
  linkIn(name: string, kind: "confirm" | "u" | "p"): Promise<string>;
}

/** A desk before a pair that may start later. */
export function deskOf(open: () => Pair): Desk {
  const get: Desk["get"] = (path, more = {}) => open().both({ path, ...more });
  return {
    get,
    post: (path, body, more = {}) => open().both({ method: "POST", path, body, headers: form, ...more }),
    admin: (method, path, body) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: json };
      return open().both({ method, path: `/api${path}`, as: "admin", ...sent });
    },
    async receive(name, to, words) {
      const row = new RegExp(`href="/outbox/([^"?]+)(?:(?!</li>)[^])*?${words}(?:(?!</li>)[^])*?>${to}<`, "i");
      await open().until({ path: "/outbox" }, row);
      await open().remember(name, async (house) => row.exec((await ask(house, { path: "/outbox" })).body)?.[1] ?? "");
    },
    async linkIn(name, kind) {
      const { body } = await get(`/outbox/<${name}>?view=text`);
      const link = new RegExp(`/${kind}/[a-z2-7]+`).exec(body)?.[0];
      if (link === undefined) throw new Error(`the mail ${name} has no such link`);
      return link;
    },
  };
}
