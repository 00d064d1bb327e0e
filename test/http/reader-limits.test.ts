import { expect, test } from "vitest";
import { minute, openWorld } from "../world.ts";

const ada = "ada@reader.example";

test("the platform's own limit holds for whatever sends a mail from a reader's page, and for nothing else there (SEC-16)", async () => {
  await using world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.join(ada, "tides");
  await world.send("tides", "one");
  await world.drain();
  const issue = (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
  world.advance(20 * minute);
  await world.post("/preferences", { email: ada });
  await world.drain();
  const manage = (await world.mails(ada)).at(-1)?.manageLink ?? "";
  const asked: string[] = [];
  const env = {
    client: "192.0.2.9",
    admit: async (network: string) => {
      asked.push(network);
      return false;
    },
  };
  const press = (url: string, fields: Record<string, string>) =>
    world.app.request(new URL(url).pathname, { method: "POST", body: new URLSearchParams(fields) }, env);
  const owed = async () => (await world.ctx.store.db.selectFrom("notices").select("id").execute()).length;
  const before = await owed();
  for (const [url, fields] of [
    [issue, { do: "join", newsletter: "ferries" }],
    [issue, { do: "link" }],
    [manage, { do: "address", email: "bea@reader.example" }],
  ] as const) {
    const answer = await press(url, fields);
    expect([answer.status, answer.headers.get("retry-after")], fields.do).toEqual([429, "60"]);
  }
  expect(asked).toEqual(["192.0.2.9", "192.0.2.9", "192.0.2.9"]);
  expect(await owed()).toBe(before);
  for (const [url, fields] of [
    [issue, { do: "pause", newsletter: "tides", weeks: "1" }],
    [issue, { do: "profile", name: "Ada", language: "" }],
    [manage, { newsletter: "tides" }],
  ] as const) {
    expect((await press(url, fields)).status).toBe(200);
  }
  expect(asked).toHaveLength(3);
});
