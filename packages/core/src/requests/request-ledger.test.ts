import { describe, expect, it } from "vitest";
import { OperationTimeoutError } from "../errors.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { RequestLedger } from "./request-ledger.ts";

function setUp<T>(): {
  clock: VirtualClock;
  ledger: RequestLedger<T>;
  open: (timeoutMs?: number) => { requestId: string; response: Promise<T> };
} {
  const clock = new VirtualClock();
  const ledger = new RequestLedger<T>(clock);
  return {
    clock,
    ledger,
    open: (timeoutMs = Number.POSITIVE_INFINITY) => {
      let requestId = "";
      const response = new Promise<T>((resolve, reject) => {
        requestId = ledger.open({ operation: "Asking", timeoutMs, resolve, reject });
      });
      return { requestId, response };
    },
  };
}

describe("RequestLedger", () => {
  it("resolves each request with its response", async () => {
    const { ledger, open } = setUp<string>();
    const one = open();
    const other = open();
    expect(one.requestId).not.toBe(other.requestId);
    ledger.settle(other.requestId, "for the other");
    ledger.settle(one.requestId, "for the one");
    expect(await one.response).toBe("for the one");
    expect(await other.response).toBe("for the other");
    await ledger.empty();
  });

  it("uses request ids that need no escaping, each of them once", () => {
    const { ledger, open } = setUp<void>();
    const ids = Array.from({ length: 1000 }, () => {
      const { requestId } = open();
      ledger.settle(requestId, undefined);
      return requestId;
    });
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-f]+$/.test(id))).toBe(true);
  });

  it("ignores a response that is unknown, late or a repetition", async () => {
    const { ledger, open } = setUp<string>();
    const { requestId, response } = open();
    ledger.settle("unknown", "x");
    ledger.settle(requestId, "first");
    ledger.settle(requestId, "second");
    expect(await response).toBe("first");
    ledger.settle(`0${requestId}`, "third");
    const forgotten = open();
    ledger.forget(forgotten.requestId);
    ledger.settle(forgotten.requestId, "late");
    await ledger.empty();
  });

  it("rejects all open requests with one error when the connection drops, and accepts later ones", async () => {
    const { ledger, open } = setUp<string>();
    const both = [open(), open()];
    const error = new Error("dropped");
    ledger.rejectAll(error);
    for (const { response } of both) await expect(response).rejects.toBe(error);
    await ledger.empty();
    const next = open();
    expect(both.map(({ requestId }) => requestId)).not.toContain(next.requestId);
    ledger.settle(next.requestId, "response");
    expect(await next.response).toBe("response");
  });

  it("resolves empty() at once, after the last response, after forgetting, and after a drop", async () => {
    const { ledger, open } = setUp<void>();
    await ledger.empty();
    const endings: ((requestId: string) => void)[] = [
      (requestId) => ledger.settle(requestId, undefined),
      (requestId) => ledger.forget(requestId),
      () => ledger.rejectAll(new Error("dropped")),
    ];
    for (const end of endings) {
      const first = open();
      const last = open();
      last.response.catch(() => {});
      let empty = 0;
      const waits = [ledger.empty(), ledger.empty()].map((promise) => promise.then(() => empty++));
      ledger.settle(first.requestId, undefined);
      await first.response;
      await Promise.resolve();
      expect(empty).toBe(0);
      end(last.requestId);
      await Promise.all(waits);
      expect(empty).toBe(2);
    }
  });

  it("rejects a request with the error that resolving it throws", async () => {
    const { ledger } = setUp<string>();
    const response = new Promise<string>((_resolve, reject) => {
      const resolve = (text: string): void => {
        throw new RangeError(text);
      };
      ledger.settle(ledger.open({ operation: "Asking", timeoutMs: 1000, resolve, reject }), "unreadable");
    });
    await expect(response).rejects.toThrow(new RangeError("unreadable"));
  });

  it("times each request out after its elapsed time, even if the clock jumps, and leaves no timer behind", async () => {
    for (const jump of [-86_400_000, 0, 86_400_000]) {
      const { ledger, clock, open } = setUp<string>();
      const ends: string[] = [];
      const note = (name: string, { response }: { response: Promise<string> }): void => {
        response.catch((error: Error) => ends.push(`${name}: ${error.message}`));
      };
      note("first", open(1000));
      const settled = open(1000);
      note("short", open(500));
      note("without a limit", open(Number.POSITIVE_INFINITY));
      await clock.advance(300);
      note("later", open(1000));
      clock.jump(jump);
      note("after", open(1000));
      ledger.settle(settled.requestId, "response");
      expect(await settled.response).toBe("response");
      await clock.advance(699);
      expect(ends).toEqual([
        "short: Asking did not finish within 500 ms: the request was sent but not answered",
      ]);
      await clock.advance(1);
      expect(ends.slice(1)).toEqual([
        "first: Asking did not finish within 1000 ms: the request was sent but not answered",
      ]);
      await clock.advance(299);
      expect(ends).toHaveLength(2);
      await clock.advance(1);
      expect(ends.slice(2)).toEqual(
        ["later", "after"].map(
          (name) => `${name}: Asking did not finish within 1000 ms: the request was sent but not answered`,
        ),
      );
      expect(await Promise.race([ledger.empty(), "one without a limit"])).toBe("one without a limit");
      expect(clock.timers).toBe(0);
    }
  });

  it("times out a request that is opened at the moment of the latest response", async () => {
    const { ledger, clock, open } = setUp<string>();
    ledger.settle(open(1000).requestId, "response");
    const second = open(1000);
    const end = expect(second.response).rejects.toThrow(OperationTimeoutError);
    await clock.advance(1000);
    await end;
  });

  it("leaves at most one timer after the responses, which does not keep a process alive, and none after a drop", async () => {
    const { ledger, clock, open } = setUp<string>();
    const idles: (boolean | undefined)[] = [];
    const { setTimer } = clock;
    clock.setTimer = (run: () => void, ms: number, idle?: boolean) => {
      idles.push(idle);
      return setTimer.call(clock, run, ms);
    };
    const slow = open(2000);
    for (let round = 0; round < 5; round++) {
      for (const { requestId } of [open(1000), open(1000)]) ledger.settle(requestId, "response");
      await clock.advance(10);
    }
    expect(clock.timers).toBe(2);
    ledger.settle(slow.requestId, "response");
    expect(clock.timers).toBe(1);
    expect(idles).toEqual([true, true, true, true, true, true]);
    ledger.rejectAll(new Error("dropped"));
    expect(clock.timers).toBe(0);
  });
});
