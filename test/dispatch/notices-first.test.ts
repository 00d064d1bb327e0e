import { expect, test } from "vitest";
import { turn } from "../../src/jobs.ts";
import { calls, newsletter, openPost } from "./post.ts";

test("notices that fall due in the middle of an issue leave before the rest of it", async () => {
  const post = await openPost({ readers: 250 });
  await post.start();
  await turn(post.ctx);
  await post.signUp("anna@post.tld", newsletter);
  await post.signUp("bert@post.tld", newsletter);
  await post.drain();
  const kinds = (await calls(post)).map(({ key }) => (/\/n\//.test(key) ? "notices" : "issue"));
  expect(kinds).toEqual(["issue", "notices", "issue", "issue"]);
});
