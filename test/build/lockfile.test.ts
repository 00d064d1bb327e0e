import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** The part of a lock file that is looked at: place of a package → what it wants on some platforms. */
type Packages = Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;

describe("package-lock.json", () => {
  test("names every optional dependency, without which npm 11 refuses npm ci", () => {
    const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8"));
    expect(missing(lock.packages)).toEqual([]);
  });

  test("a dependency that was left out would be found, and one that lies further up is not", () => {
    const wants = { optionalDependencies: { linux: "1.0.0", mac: "1.0.0" } };
    const packages = { "": {}, "node_modules/a/node_modules/b": wants, "node_modules/linux": {} };
    expect(missing(packages)).toEqual(["node_modules/a/node_modules/b wants mac"]);
    expect(missing({ ...packages, "node_modules/a/node_modules/mac": {} })).toEqual([]);
  });
});

function missing(packages: Packages): string[] {
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !above(place).some((folder) => Object.hasOwn(packages, `${folder}node_modules/${name}`)))
      .map((name) => `${place} wants ${name}`),
  );
}

/** Where a package looks for its dependencies: in itself, then in each package that it lies in. */
function above(place: string): string[] {
  if (place === "") return [""];
  return [`${place}/`, ...above(place.slice(0, Math.max(place.lastIndexOf("/node_modules/"), 0)))];
}
