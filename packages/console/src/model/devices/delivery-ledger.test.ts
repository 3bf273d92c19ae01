import { describe, expect, it } from "vitest";
import { DeliveryLedger } from "./delivery-ledger.ts";

describe("DeliveryLedger", () => {
  it("counts a message that is acknowledged but doesn't arrive as lost, after a while", () => {
    const ledger = new DeliveryLedger();
    const [first, second] = [ledger.send(), ledger.send()];
    ledger.acknowledge(first, 1000);
    ledger.acknowledge(second, 1000);
    ledger.arrive(first);
    expect(ledger.counts(2000)).toMatchObject({ sent: 2, acknowledged: 2, arrived: 1, lost: 0 });
    expect(ledger.counts(60_000).lost).toBe(1);
    ledger.arrive(second);
    expect(ledger.counts(60_000).lost).toBe(0);
  });

  it("counts what arrives twice once, and as repeated", () => {
    const ledger = new DeliveryLedger();
    const number = ledger.send();
    ledger.arrive(number);
    ledger.arrive(number);
    ledger.acknowledge(number, 0);
    expect(ledger.counts(60_000)).toMatchObject({ arrived: 1, repeated: 1, lost: 0 });
  });

  it("doesn't call a rejected message lost, whether it arrived or not", () => {
    const ledger = new DeliveryLedger();
    const [first, second] = [ledger.send(), ledger.send()];
    ledger.fail(first);
    ledger.arrive(second);
    ledger.fail(second);
    expect(ledger.counts(60_000)).toMatchObject({ failed: 2, arrived: 1, lost: 0 });
  });

  it("forgets messages without an outcome when another hub has replaced this one", () => {
    const ledger = new DeliveryLedger();
    ledger.acknowledge(ledger.send(), 0);
    ledger.restart();
    expect(ledger.counts(60_000).lost).toBe(0);
  });

  it("counts nothing as lost of a device that may be at another hub, until a message arrives at the local one", () => {
    const ledger = new DeliveryLedger(false);
    const [first, second] = [ledger.send(), ledger.send()];
    ledger.acknowledge(first, 0);
    ledger.acknowledge(second, 0);
    expect(ledger.counts(60_000)).toMatchObject({ acknowledged: 2, lost: 0 });
    ledger.arrive(second);
    expect(ledger.counts(60_000)).toMatchObject({ arrived: 1, lost: 1 });
  });
});
