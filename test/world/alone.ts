import { setImmediate } from "node:timers/promises";
import { beforeAll, expect, vi } from "vitest";

// Files of tests follow one another in one process, which spares each of them a start of its own and cold code. What
// they import from src and test is evaluated afresh for each, and what a process has only once they leave as it was.
vi.resetModules();

const before = shared();

// What the first hook returns is called last.
beforeAll(() => async () => {
  // What has ended is still on the list until the event loop comes round.
  for (let round = 0; round < 10 && shared().open.length > before.open.length; round += 1) await setImmediate();
  expect(shared(), "what this file leaves behind in its process").toEqual(before);
});

/** What the files of one process share beside the packages. */
function shared() {
  const signals = process.eventNames().filter((name) => String(name).startsWith("SIG"));
  const open = process.getActiveResourcesInfo().filter((name) => /^(?:Process|TCPServer)/.test(name));
  return {
    environment: { ...process.env },
    folder: process.cwd(),
    clock: vi.isFakeTimers() ? "fake" : "real",
    fetch: globalThis.fetch,
    signals: signals.map((name) => [name, process.listenerCount(name)]),
    open,
  };
}
