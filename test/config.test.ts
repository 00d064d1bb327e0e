import { describe, expect, it } from "vitest";
import { readConfig, settings } from "../src/config.ts";
import { AppError } from "../src/errors.ts";
import { isLoopback } from "../src/networks.ts";

function faultsOf(environment: Record<string, string>): readonly unknown[] {
  try {
    readConfig(environment);
  } catch (fault) {
    if (fault instanceof AppError && fault.code === "misconfigured") return fault.details.faults ?? [];
    throw fault;
  }
  return [];
}

describe("settings", () => {
  it("need none to run on one machine, and mail nobody then", () => {
    expect(readConfig({})).toMatchObject({
      publicUrl: "http://127.0.0.1:8787",
      host: "127.0.0.1",
      port: 8787,
      database: "data/tidings.db",
      keys: "data/keys",
      provider: "outbox",
      outboxToken: null,
    });
  });

  it("are at most twenty", () => {
    expect(Object.keys(settings).length).toBeLessThanOrEqual(20);
  });

  it("take the port into the address that readers get, and lose slashes at its end", () => {
    expect(readConfig({ TIDINGS_PORT: "9000" }).publicUrl).toBe("http://127.0.0.1:9000");
    const given = {
      TIDINGS_PUBLIC_URL: "https://news.example.org/letters//",
      TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only",
    };
    expect(readConfig(given).publicUrl).toBe("https://news.example.org/letters");
  });

  it("name every fault at once, and never show a secret", () => {
    const environment = {
      TIDINGS_PORT: "eighty",
      TIDINGS_PROVIDER: "pigeon",
      TIDINGS_OUTBOX_TOKEN: "hunter2",
      TIDINGS_PARALLEL: "0",
      TIDINGS_PUBLIC_ULR: "https://news.example.org",
    };
    const faults = faultsOf(environment).join("\n");
    expect(faults).toContain("TIDINGS_PUBLIC_ULR is not a setting; did you mean TIDINGS_PUBLIC_URL?");
    expect(faults).toContain('TIDINGS_PORT must be a whole number from 0 to 65535, not "eighty"');
    expect(faults).toContain('TIDINGS_PROVIDER must be one of outbox, resend, smtp, not "pigeon"');
    expect(faults).toContain("TIDINGS_OUTBOX_TOKEN must have at least 16 characters");
    expect(faults).toContain("TIDINGS_PARALLEL must be a whole number from 1 to 64");
    expect(faults).not.toContain("hunter2");
    expect(() => readConfig(environment)).toThrow("5 settings are wrong:");
  });

  it.each([
    ["a public address without TLS", { TIDINGS_PUBLIC_URL: "http://news.example.org" }, "must start with https://"],
    ["no address at all", { TIDINGS_PUBLIC_URL: "news.example.org" }, "whole address"],
    ["another scheme", { TIDINGS_PUBLIC_URL: "ftp://news.example.org" }, "whole address"],
    ["a user in the address", { TIDINGS_PUBLIC_URL: "https://a:b@news.example.org" }, "must not contain a user"],
    ["a query in the address", { TIDINGS_PUBLIC_URL: "https://news.example.org/?x=1" }, "must not contain a user"],
    ["Resend without its key", { TIDINGS_PROVIDER: "resend" }, "RESEND_API_KEY is missing"],
    ["the outbox under a public address", { TIDINGS_PUBLIC_URL: "https://news.example.org" }, "mails nobody"],
  ])("refuse %s", (_, environment, words) => {
    expect(faultsOf(environment).join("\n")).toContain(words);
  });

  it("allow the outbox under a public address to who has a token to read it with", () => {
    const meant = { TIDINGS_PUBLIC_URL: "https://news.example.org", TIDINGS_OUTBOX_TOKEN: "kept-for-reading-only" };
    expect(readConfig(meant).provider).toBe("outbox");
  });

  it("take an empty variable for a missing one", () => {
    expect(readConfig({ TIDINGS_PORT: " ", RESEND_API_KEY: "" })).toMatchObject({ port: 8787, resendKey: null });
  });
});

describe("loopback", () => {
  it.each(["http://127.0.0.1:8787", "http://localhost", "http://[::1]:80/x", "http://a.localhost", "http://127.9.9.9"])(
    "is %s",
    (url) => expect(isLoopback(url)).toBe(true),
  );
  it.each(["http://127.0.0.1.example.org", "http://localhost.example.org", "http://10.0.0.1", "https://example.org"])(
    "is not %s",
    (url) => expect(isLoopback(url)).toBe(false),
  );
});

describe("the secret of a webhook", () => {
  const signing = (bytes: number, fill = 5) => `whsec_${Buffer.alloc(bytes, fill).toString("base64")}`;

  it.each([24, 32, 64])("may have %i bytes, and is decoded", (bytes) => {
    const { webhookSecret } = readConfig({ RESEND_WEBHOOK_SECRET: signing(bytes) });
    expect(webhookSecret).toEqual(new Uint8Array(bytes).fill(5));
  });

  it.each([
    ["empty behind its head, which would let anybody sign (RULES §6.4)", "whsec_"],
    ["all zeros, which is the empty one to HMAC", signing(32, 0)],
    ["of 23 bytes", signing(23)],
    ["of 65 bytes", signing(65)],
    ["cut off within its base64", `${signing(32).slice(0, -3)}`],
    ["without its head", signing(32).slice(6)],
    ["not base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!"],
  ])("is refused, and not shown, when it is %s", (_, given) => {
    const faults = faultsOf({ RESEND_WEBHOOK_SECRET: given }).join();
    expect(faults).toMatch(/^RESEND_WEBHOOK_SECRET must /);
    expect(faults.replace("whsec_ and base64", "").replace("behind whsec_", "")).not.toContain(given);
  });
});
