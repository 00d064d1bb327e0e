import { afterAll } from "vitest";
import { type Issues, openIssues } from "./issues.ts";
import { type Outside, startOutside } from "./ways.ts";

/** Both fakes and one installation with so many readers, for all tests of a file; they end with it. */
export async function openRig(readers: number): Promise<{ outside: Outside; issues: Issues }> {
  const [outside, issues] = await Promise.all([startOutside(), openIssues(readers)]);
  afterAll(async () => {
    issues.close();
    await outside.stop();
  });
  return { outside, issues };
}
