import { expect, test } from "vitest";
import { createMailHost, type MxAnswer } from "../src/mail-host.ts";

function counting(answer: MxAnswer = "no-domain") {
  const asked: string[] = [];
  const clock = { now: 1_000_000 };
  const mailHost = createMailHost(
    () => clock.now,
    async (domain) => {
      asked.push(domain);
      return answer;
    },
  );
  return { asked, clock, mailHost };
}

test("ten thousand domains are remembered; beyond, all are asked for again", async () => {
  const { asked, mailHost } = counting(["mx.harbour.example"]);
  for (let n = 0; n < 10_000; n += 1) await mailHost(`d${n}.example`);
  await mailHost("d0.example");
  expect(asked).toHaveLength(10_000);
  await mailHost("one-more.example");
  await mailHost("d0.example");
  expect(asked.slice(10_000)).toEqual(["one-more.example", "d0.example"]);
});

test("a clock that is put back keeps nobody out for longer than what was learnt is believed", async () => {
  const { asked, clock, mailHost } = counting();
  await mailHost("gone.example");
  clock.now -= 60 * 60_000;
  await mailHost("gone.example");
  expect(asked).toEqual(["gone.example", "gone.example"]);
});

test("nobody waits for what somebody else has asked", async () => {
  const waiting: (() => void)[] = [];
  const mailHost = createMailHost(Date.now, () => {
    const first = waiting.length === 0;
    return new Promise((resolve) => {
      waiting.push(() => resolve(["mx.harbour.example"]));
      if (!first) resolve(["mx.harbour.example"]);
    });
  });
  const stuck = mailHost("harbour.example");
  expect(await mailHost("harbour.example")).toBe("takes");
  waiting[0]?.();
  expect(await stuck).toBe("takes");
});
