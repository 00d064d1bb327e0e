import type { FakeOptions, FakeResend } from "./control.ts";
import { spawnFakeResend } from "./spawn.ts";

/** Starts the fake and waits until it listens. In workerd another file stands here (test/worker/project.ts). */
export function startFakeResend(options: FakeOptions = {}): Promise<FakeResend> {
  return spawnFakeResend(options);
}
