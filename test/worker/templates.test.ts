import { expect, test } from "vitest";
import { templates } from "../../src/worker/templates.ts";

const files = import.meta.glob("../../templates/**/*.{liquid,yaml,txt}", { query: "?raw", import: "default" });

test("every template of the folder is bundled, under its own name and with its own text", async () => {
  const names = Object.keys(files).map((path) => path.replace("../../templates/", ""));
  expect(Object.keys(templates).sort()).toEqual(names.sort());
  expect(names.length).toBeGreaterThan(40);
  for (const [path, read] of Object.entries(files)) {
    expect(templates[path.replace("../../templates/", "")], path).toBe(await read());
  }
});
