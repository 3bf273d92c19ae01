import { describe, expect, it } from "vitest";
import { DeliveryLedger } from "./delivery-ledger.ts";

describe("a ledger of deliveries", () => {
  it("finds lost, repeated and unacknowledged messages, in any order", () => {
    const ledger = new DeliveryLedger();
    ledger.follow("a");
    for (const number of [1, 3, 2, 5, 7]) ledger.hold("a", number);
    for (const number of [2, 1, 3, 4, 5]) ledger.acknowledge("a", number);
    expect(ledger.result()).toEqual({ held: 5, lost: 1, heldUnacknowledged: 1, repeated: 0 });
    // Copies of messages that are forgotten, and of one that isn't.
    for (const number of [1, 3, 7]) ledger.hold("a", number);
    expect(ledger.result()).toEqual({ held: 5, lost: 1, heldUnacknowledged: 1, repeated: 3 });
    ledger.hold("a", 4);
    expect(ledger.result()).toMatchObject({ lost: 0 });
  });

  it("ignores messages of others", () => {
    const ledger = new DeliveryLedger();
    ledger.hold("b", 1);
    ledger.acknowledge("b", 1);
    expect(ledger.result()).toEqual({ held: 0, lost: 0, heldUnacknowledged: 0, repeated: 0 });
  });
});
