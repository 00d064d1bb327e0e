import { beforeAll } from "vitest";
import { removeScratch } from "./scratch.ts";

// What the first hook returns is called last: after the hooks of the file itself, and when they have failed too.
beforeAll(() => removeScratch);
