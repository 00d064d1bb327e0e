import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

/** A site of somebody else's, on an origin and a host name of its own. */
export interface Host {
  readonly origin: string;
  /** Serves a page with these words in its body from now on, and tells its whole address. */
  page(body: string, options?: { headers?: Record<string, string>; css?: string; path?: string }): string;
}

/** Serves pages of another site for all tests of one file; the server of the stage is called 127.0.0.1, this one localhost. */
export function openHost(): Host {
  const pages = new Map<string, { html: string; headers: Record<string, string> }>();
  const styles = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const [page, css] = [pages.get(path), styles.get(path)];
    if (css !== undefined) response.writeHead(200, { "content-type": "text/css" }).end(css);
    else if (page === undefined) response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
    else response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers }).end(page.html);
  });
  let origin = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    get origin() {
      return origin;
    },
    page(body, { headers = {}, css = "", path = `/article-${pages.size + 1}` } = {}) {
      styles.set(`${path}.css`, css);
      pages.set(path, { html: articleWith(body, `${path}.css`), headers });
      return `${origin}${path}`;
    },
  };
}

function articleWith(body: string, css: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The last ferry</title><link rel="stylesheet" href="${css}"></head>
<body><main><h1>The last ferry</h1><p>The council sat until one.</p>
${body}
<p id="after">What stands below the form.</p></main></body></html>`;
}
