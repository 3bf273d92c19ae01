import { describe, expect, it } from "vitest";
import { ArgumentError, OperationTimeoutError } from "../errors.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { checkTimeout, setDeadline, withDeadline } from "./deadline.ts";
import { deferred } from "./deferred.ts";

const never = (): Promise<never> => new Promise(() => {});

describe("withDeadline", () => {
  it("returns the result and leaves no timer behind", async () => {
    const clock = new VirtualClock();
    expect(await withDeadline(clock, "Adding", {}, 1000, async () => 42)).toBe(42);
    expect(clock.timers).toBe(0);
  });

  it("throws the operation's own error and leaves no timer behind", async () => {
    const clock = new VirtualClock();
    const failed = withDeadline(clock, "Adding", {}, 1000, async () => {
      throw new RangeError("too much");
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(clock.timers).toBe(0);
  });

  it("ends with OperationTimeoutError operation_timeout after its time, naming the operation and the limit", async () => {
    const clock = new VirtualClock();
    let signalled: unknown;
    const late = withDeadline(clock, "Reading the twin", {}, 1000, (signal) => {
      signal.addEventListener("abort", () => {
        signalled = signal.reason;
      });
      return never();
    });
    const settled = late.catch((error: unknown) => error);
    await clock.advance(999);
    expect(signalled).toBeUndefined();
    await clock.advance(1);
    const error = await settled;
    expect(error).toBeInstanceOf(OperationTimeoutError);
    expect(error).toMatchObject({
      code: "operation_timeout",
      retryable: true,
      message: "Reading the twin did not finish within 1000 ms",
    });
    expect(signalled).toBe(error);
    expect(clock.timers).toBe(0);
  });

  it("prefers the operation's time limit to the client's; Infinity means no limit", async () => {
    const clock = new VirtualClock();
    const own = withDeadline(clock, "Adding", { timeoutMs: 50 }, 1000, never).catch(
      (error: Error) => error.message,
    );
    await clock.advance(50);
    expect(await own).toContain("50 ms");
    const wait = deferred<string>();
    const unlimited = withDeadline(
      clock,
      "Adding",
      { timeoutMs: Number.POSITIVE_INFINITY },
      1000,
      () => wait.promise,
    );
    expect(clock.timers).toBe(0);
    await clock.advance(1e12);
    wait.resolve("late");
    expect(await unlimited).toBe("late");
  });

  it("ends with the signal's reason, removes its listener, and aborts the operation", async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const aborted = withDeadline(clock, "Adding", { signal: controller.signal }, 1000, (signal) => {
      inner = signal;
      return never();
    });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(inner?.reason).toBe(reason);
    expect(clock.timers).toBe(0);
  });

  it("doesn't start if the signal is already aborted", async () => {
    const clock = new VirtualClock();
    let began = false;
    const aborted = withDeadline(clock, "Adding", { signal: AbortSignal.abort("no") }, 1000, async () => {
      began = true;
    });
    await expect(aborted).rejects.toBe("no");
    expect(began).toBe(false);
    expect(clock.timers).toBe(0);
  });

  it("rejects an invalid time: ArgumentError invalid_argument", async () => {
    const clock = new VirtualClock();
    for (const timeoutMs of [0, -1, Number.NaN]) {
      await expect(withDeadline(clock, "Adding", { timeoutMs }, 1000, never)).rejects.toMatchObject({
        name: "ArgumentError",
        code: "invalid_argument",
      });
    }
    expect(() => checkTimeout("timeoutMs", "5")).toThrow(ArgumentError);
    expect(() => checkTimeout("timeoutMs", "5")).toThrow(
      "timeoutMs must be a number of milliseconds greater than 0, got '5'",
    );
    expect(clock.timers).toBe(0);
  });

  it("keeps its time limit when the clock is set forward or back", async () => {
    for (const jump of [-86_400_000, 86_400_000]) {
      const clock = new VirtualClock();
      const late = withDeadline(clock, "Adding", {}, 90_000, never).catch((error: Error) => error.message);
      let message: string | undefined;
      late.then((text) => {
        message = text;
      });
      clock.jump(jump);
      await clock.advance(89_999);
      expect(message).toBeUndefined();
      await clock.advance(1);
      expect(message).toContain("90000 ms");
    }
  });

  it("ignores an operation that fails after its end", async () => {
    const clock = new VirtualClock();
    const wait = deferred<void>();
    const late = withDeadline(clock, "Adding", { timeoutMs: 1 }, 1000, () => wait.promise).catch(
      () => "late",
    );
    await clock.advance(1);
    expect(await late).toBe("late");
    wait.reject(new Error("ignored"));
    await clock.advance(0);
  });
});

describe("setDeadline", () => {
  it("keeps the process alive while it waits, because its operation is awaited", () => {
    const idles: (boolean | undefined)[] = [];
    const clock = {
      now: () => 0,
      setTimer: (_run: () => void, _ms: number, idle?: boolean) => {
        idles.push(idle);
        return { cancel: () => {} };
      },
    };
    setDeadline(clock, 1000, () => {});
    setDeadline(clock, Number.POSITIVE_INFINITY, () => {});
    expect(idles).toEqual([false]);
  });
});
