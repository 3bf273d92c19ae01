import { describe, expect, it } from "vitest";
import { RequestLedger } from "./request-ledger.ts";

describe("RequestLedger", () => {
  it("hands each answer to the request it belongs to", async () => {
    const ledger = new RequestLedger<string>();
    const one = ledger.open();
    const other = ledger.open();
    expect(one.requestId).not.toBe(other.requestId);
    expect(ledger.settle(other.requestId, "for the other")).toBe(true);
    expect(ledger.settle(one.requestId, "for the one")).toBe(true);
    expect(await one.answer).toBe("for the one");
    expect(await other.answer).toBe("for the other");
    expect(ledger.size).toBe(0);
  });

  it("uses request ids that need no escaping, and none twice", () => {
    const ledger = new RequestLedger<void>();
    const ids = Array.from({ length: 1000 }, () => {
      const { requestId } = ledger.open();
      ledger.settle(requestId, undefined);
      return requestId;
    });
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-f]+$/.test(id))).toBe(true);
  });

  it("ignores an answer that is unknown, late or second", async () => {
    const ledger = new RequestLedger<string>();
    const { requestId, answer } = ledger.open();
    expect(ledger.settle("unknown", "x")).toBe(false);
    expect(ledger.settle(requestId, "first")).toBe(true);
    expect(ledger.settle(requestId, "second")).toBe(false);
    expect(await answer).toBe("first");
    const forgotten = ledger.open();
    ledger.forget(forgotten.requestId);
    expect(ledger.settle(forgotten.requestId, "late")).toBe(false);
    expect(ledger.size).toBe(0);
  });

  it("a dropped connection rejects all of them, with the same error, and later ones live on", async () => {
    const ledger = new RequestLedger<string>();
    const open = [ledger.open(), ledger.open()];
    const error = new Error("dropped");
    ledger.rejectAll(error);
    for (const { answer } of open) await expect(answer).rejects.toBe(error);
    expect(ledger.size).toBe(0);
    const next = ledger.open();
    expect(open.map(({ requestId }) => requestId)).not.toContain(next.requestId);
    ledger.settle(next.requestId, "answer");
    expect(await next.answer).toBe("answer");
  });

  it("tells when it is empty: at once, after the last answer, after forgetting, after a drop", async () => {
    const ledger = new RequestLedger<void>();
    await ledger.empty();
    const endings: ((requestId: string) => void)[] = [
      (requestId) => ledger.settle(requestId, undefined),
      (requestId) => ledger.forget(requestId),
      () => ledger.rejectAll(new Error("dropped")),
    ];
    for (const end of endings) {
      const first = ledger.open();
      const last = ledger.open();
      last.answer.catch(() => {});
      let empty = 0;
      const told = [ledger.empty(), ledger.empty()].map((promise) => promise.then(() => empty++));
      ledger.settle(first.requestId, undefined);
      await first.answer;
      await Promise.resolve();
      expect(empty).toBe(0);
      end(last.requestId);
      await Promise.all(told);
      expect(empty).toBe(2);
    }
  });
});
