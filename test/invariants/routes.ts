import type { World } from "../world.ts";

/** What may stand at a place of a path: real values, by the name of the place. */
export type Places = Readonly<Record<string, readonly string[]>>;

/** Every path of the app's own route table, its places filled with each of their values; unknown places get all values. */
export function pathsOf(app: World["app"], places: Places): string[] {
  const patterns = new Set(app.routes.map((route) => route.path));
  return [...patterns].flatMap((pattern) => fill(pattern, places));
}

function fill(pattern: string, places: Places): string[] {
  const place = /:(\w+)(?:\{[^}]*\})?\??|\*/.exec(pattern);
  if (place === null) return [pattern];
  const values = places[place[1] ?? ""] ?? [...new Set(Object.values(places).flat())];
  return values.flatMap((value) =>
    fill(pattern.slice(0, place.index) + value + pattern.slice(place.index + place[0].length), places),
  );
}
