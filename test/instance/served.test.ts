import { describe, expect, it } from "vitest";
import { noteServed } from "../../src/instance/serve.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { testIssue } from "../../src/issue/test.ts";
import { openContext } from "../../src/node/context.ts";
import { openWorld } from "../world.ts";

const source = "---\nnewsletter: morning\nsubject: Hello\nslug: hello\n---\nGood morning.\n";

describe("a shell with other settings than the server", () => {
  it("sends and tests nothing, and says what differs", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.join("ada@reader.example", "morning");
    await noteServed(world.ctx);
    await saveDraft(world.ctx, { source });
    const bare = { ...world.config, publicUrl: "http://127.0.0.1:8787" };
    const shell = await openContext(bare, { clock: () => world.clock.now });
    const asked = { newsletter: "morning", slug: "hello", expect: 1, asOf: world.clock.now };
    await expect(sendIssue(shell.ctx, asked)).rejects.toMatchObject({
      code: "misconfigured",
      message: expect.stringContaining("TIDINGS_PUBLIC_URL is http://127.0.0.1:8787 here and https://letters."),
    });
    await expect(testIssue(shell.ctx, { source, to: "a@reader.example" })).rejects.toMatchObject({
      code: "misconfigured",
    });
    const other = await openContext(
      { ...world.config, provider: "resend", resendKey: "re_x" },
      { clock: () => world.clock.now },
    );
    await expect(sendIssue(other.ctx, asked)).rejects.toThrow("TIDINGS_PROVIDER is resend here and outbox there");
    expect((await sendIssue(world.ctx, asked)).issue.status).toBe("sending");
    shell.close();
    other.close();
  });

  it("may send where no server has ever run", async () => {
    await using world = await openWorld();
    await world.newsletter("morning");
    await world.join("ada@reader.example", "morning");
    expect(await world.send("morning", "hello")).toBe(1);
  });
});
