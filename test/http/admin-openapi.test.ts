import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { revokeToken } from "../../src/instance/revoke.ts";
import { listTokens, type Scope, scopes } from "../../src/instance/tokens.ts";
import { issueFile, openDesk } from "./desk.ts";

const desk = await openDesk();
afterAll(() => desk.world.close());

interface Operation {
  readonly summary?: string;
  readonly security?: { bearer: Scope[] }[];
  readonly responses: Record<string, unknown>;
}

const document = (await desk.call("GET", "/api/openapi.json", undefined, null)).body as {
  openapi: string;
  servers: { url: string }[];
  components: { securitySchemes: object; schemas: Record<string, object>; responses: object };
  paths: Record<string, Record<string, Operation>>;
};

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method,
    path,
    operation,
  })),
);

/** The document itself is the one address below /api that it does not describe, and the one that wants no token. */
const own = "GET /openapi.json";

/** Every route of the app below /api that answers, as METHOD /path. */
const routes = [
  ...new Set(
    desk.app.routes
      .filter((route) => route.method !== "ALL" && route.path.startsWith("/api"))
      .map((route) => `${route.method} ${route.path.slice("/api".length).replace(/:(\w+)/g, "{$1}")}`),
  ),
].sort();

describe("the OpenAPI document", () => {
  test("has every route of the API and no other", () => {
    expect(routes.length).toBeGreaterThan(20);
    expect([...operations.map(({ name }) => name), own].sort()).toEqual(routes);
  });

  test("names its version, its address and the way to log in", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.servers).toEqual([{ url: "https://letters.harbourcourier.example/api" }]);
    expect(document.components.securitySchemes).toEqual({ bearer: { type: "http", scheme: "bearer" } });
  });

  test("resolves each of its references", () => {
    const named = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(named.length).toBeGreaterThan(20);
    const components = document.components as unknown as Record<string, Record<string, object>>;
    for (const [, kind = "", name = ""] of named) expect(components[kind]?.[name], `${kind}/${name}`).toBeDefined();
  });

  test.each(operations)("$name says what it does, what it wants and how it refuses", ({ operation }) => {
    expect(operation.summary).toMatch(/^[A-Z]/);
    expect(operation.security).toHaveLength(1);
    expect(scopes).toContain(operation.security?.[0]?.bearer[0]);
    expect(Object.keys(operation.responses)).toContain("default");
    expect(Object.keys(operation.responses).filter((status) => status.startsWith("2"))).toHaveLength(1);
  });
});

interface Shape {
  readonly $ref?: string;
  readonly properties?: Record<string, Shape>;
  readonly items?: Shape;
}

/** Places of a value that its schema does not describe. */
function untold(shape: Shape, value: unknown, place = ""): string[] {
  const name = shape.$ref?.split("/").at(-1);
  if (name !== undefined) return untold(document.components.schemas[name] as Shape, value, place);
  if (Array.isArray(value)) return value.flatMap((entry) => untold(shape.items ?? {}, entry, `${place}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const inner = shape.properties?.[key];
    return inner === undefined ? [`${place}.${key}`] : untold(inner, entry, `${place}.${key}`);
  });
}

describe("an answer holds nothing that the document does not tell", () => {
  const source = issueFile("morning", "one");

  test.each([
    ["get", "/newsletters", undefined],
    ["get", "/newsletters/{slug}", undefined],
    ["get", "/subscribers", undefined],
    ["post", "/subscribers/find", { address: "ada@example.org" }],
    ["get", "/suppressions", undefined],
    ["post", "/issues/lint", { source: issueFile("none", "one") }],
    ["post", "/issues/audience", { source }],
    ["put", "/issues", { source }],
    ["get", "/issues", undefined],
    ["get", "/issues/{newsletter}/{slug}", undefined],
    ["get", "/issues/{newsletter}/{slug}/audience", undefined],
    ["get", "/issues/{newsletter}/{slug}/doubt", undefined],
    ["get", "/issues/{newsletter}/{slug}/verify", undefined],
    ["post", "/issues/{newsletter}/{slug}/reader", { address: "ada@example.org" }],
    ["get", "/notices/{id}", undefined],
    ["get", "/tokens", undefined],
    ["get", "/instance", undefined],
    ["get", "/instance/held", undefined],
    ["get", "/transfer", undefined],
    ["get", "/transfer/{table}", undefined],
    ["get", "/transfer/{table}/digest", undefined],
  ])("%s %s", async (method, path, json) => {
    await using full = await openDesk();
    await full.world.newsletter("morning");
    await full.world.join("ada@example.org", "morning");
    await full.call("POST", "/api/suppressions", { address: "ada@example.org", newsletter: "morning" });
    await full.call("PUT", "/api/issues", { source });
    const place = path
      .replace("{id}", "1")
      .replace("{table}", "instance")
      .replace("{newsletter}/{slug}", "morning/one")
      .replace("{slug}", "morning");
    const { status, body } = await full.call(method.toUpperCase(), `/api${place}`, json);
    expect(status).toBe(200);
    const told = document.paths[path]?.[method]?.responses[200] as {
      content: { "application/json": { schema: Shape } };
    };
    expect(untold(told.content["application/json"].schema, body)).toEqual([]);
    expect(Object.keys(body)).not.toEqual([]);
  });
});

/** A path with something in each of its places. */
function filled(path: string): string {
  return `/api${path.replaceAll("{id}", "1").replace(/\{\w+\}/g, "any")}`;
}

const body = (method: string) => (method === "get" ? undefined : {});

describe.each(operations)("$name", ({ method, path, operation }) => {
  // Wrong tokens are counted for ten minutes.
  beforeEach(() => desk.world.advance(600_000));
  const scope = operation.security?.[0]?.bearer[0] ?? "read";
  const call = (token: string | null) => desk.call(method.toUpperCase(), filled(path), body(method), token);

  test("refuses a missing, an unknown and a revoked token alike", async () => {
    const revoked = await desk.token(...scopes);
    const last = (await listTokens(desk.world.ctx)).at(-1);
    await revokeToken(desk.world.ctx, { id: last?.id ?? 0 });
    for (const token of [null, "tid_unknown", revoked]) {
      const answer = await call(token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="tidings"');
      expect(answer.body).toEqual({
        error: { code: "unauthorized", message: "The admin token is missing, unknown or revoked." },
      });
    }
  });

  test("refuses a token that has every scope but its own", async () => {
    const answer = await call(await desk.token(...scopes.filter((one) => one !== scope)));
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      error: { code: "forbidden", message: `The admin token lacks the scope "${scope}".` },
    });
  });

  test("lets a token with its scopes in", async () => {
    const answer = await call(await desk.token(...(operation.security?.[0]?.bearer ?? [])));
    expect([401, 403]).not.toContain(answer.status);
  });
});
