import { inject } from "vitest";
import { controlFake, type End, type FakeOptions, type FakeResend } from "../fakes/resend/control.ts";

/** Has a fake started outside of workerd, and waits until it listens. */
export async function startFakeResend(options: FakeOptions = {}): Promise<FakeResend> {
  const { url, ledgerFile } = (await ask("/start", JSON.stringify(options))) as { url: string; ledgerFile: string };
  const end: End = async (signal) => void (await ask(`/${signal}`, url));
  return controlFake(url, ledgerFile, end);
}

async function ask(order: string, body: string): Promise<unknown> {
  const answer = await fetch(`${inject("broker")}${order}`, { method: "POST", body });
  if (!answer.ok) throw new Error(`no fake has come: ${answer.status}`);
  return answer.json();
}
