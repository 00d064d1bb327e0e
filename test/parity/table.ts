interface Route {
  readonly method: string;
  readonly path: string;
}

/** What may stand at a place of a path: something that is there, and something that is not. */
export const specimens: Readonly<Record<string, readonly string[]>> = {
  slug: ["tides", "none"],
  newsletter: ["tides"],
  issue: ["one"],
  id: ["1", "none"],
  token: ["abcdefgh"],
  path: ["icon.svg"],
  key: ["signup.button", "none"],
  table: ["newsletters", "none"],
};

const place = /:(\w+)(?:\{[^}]*\})?/;

/** The paths of routes, each once, their places filled with each of the values. */
export function placed(routes: readonly { readonly path: string }[], values: typeof specimens): string[] {
  return [...new Set(routes.map(({ path }) => path))].flatMap((path) => fill(path, values));
}

function fill(path: string, values: typeof specimens): string[] {
  const found = place.exec(path);
  if (found === null) return [path];
  const name = found[1] ?? "";
  const known = values[name];
  if (known === undefined) throw new Error(`Nobody has said what may stand for :${name}; add it to the specimens.`);
  return known.flatMap((value) => fill(path.replace(found[0], value), values));
}

/** Answers of whoever stands before a route, or of nobody. */
const before = [401, 404, 405, 413, 415, 429];

/** Routes that no question has reached. */
export function reached(routes: readonly Route[], asked: readonly (Route & { readonly status: number })[]): string[] {
  const known = [...new Map(routes.map((route) => [`${route.method} ${route.path}`, route])).entries()];
  const answered = new Set(
    asked
      .filter(({ status }) => !before.includes(status))
      .map(({ method, path }) =>
        nearestTo(
          path.split("?")[0] ?? "",
          known.filter(([, route]) => route.method === method),
        ),
      ),
  );
  return known.map(([name]) => name).filter((name) => !answered.has(name));
}

/** Of the routes that fit a path, the one with the fewest places. */
function nearestTo(path: string, routes: readonly (readonly [string, Route])[]): string | undefined {
  const fitting = routes.filter(([, route]) => patternOf(route.path).test(path));
  const places = (route: Route) => route.path.split(":").length;
  return fitting.sort(([, a], [, b]) => places(a) - places(b))[0]?.[0];
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+\{(.*?)\}/g, "$1").replaceAll(/:\w+/g, "[^/]+")}$`);
}
