import { describe } from "vitest";

// From one database of D1 to another: the same statements, keys and hashes as between files.
const suites = import.meta.glob("../transfer/*.test.ts");
for (const path of ["move", "closed"]) {
  const suite = suites[`../transfer/${path}.test.ts`];
  describe(path, async () => void (await suite?.()));
}
