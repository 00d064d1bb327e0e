import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAlarm } from "../../src/node/alarm.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("an alarm rings once, at the earliest of its times", () => {
  const ring = vi.fn();
  const alarm = createAlarm(ring);
  alarm.set(300);
  alarm.set(200);
  alarm.set(250);
  vi.advanceTimersByTime(199);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(ring).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(ring).toHaveBeenCalledTimes(1);
  alarm.set(100);
  vi.advanceTimersByTime(100);
  expect(ring).toHaveBeenCalledTimes(2);
});

test.each([0, -5, 1_001])("what is due already, or beyond the next look, sets no timer: %i ms", (ms) => {
  createAlarm(() => {}).set(ms);
  expect(vi.getTimerCount()).toBe(0);
});

test("one that is stopped rings no more", () => {
  const ring = vi.fn();
  const alarm = createAlarm(ring);
  alarm.set(100);
  alarm.stop();
  alarm.set(100);
  vi.advanceTimersByTime(1_000);
  expect(ring).not.toHaveBeenCalled();
});
