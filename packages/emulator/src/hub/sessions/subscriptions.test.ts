import { expect, it } from "vitest";
import { Subscriptions } from "./subscriptions.ts";

it("has up to 1,000 topic filters, whose QoS can change", () => {
  const subscriptions = new Subscriptions({ deviceId: "d" });
  const filterOf = (at: number): string => `$iothub/twin/res/${at}/#`;
  for (let at = 0; at < 1000; at++) expect(subscriptions.add(filterOf(at), 0)).toBe(true);
  expect(subscriptions.add(filterOf(1000), 0)).toBe(false);
  expect(subscriptions.add(filterOf(999), 1)).toBe(true);
  expect([subscriptions.size, subscriptions.qos("twinResponses")]).toEqual([1000, 1]);
  expect(subscriptions.remove(filterOf(0))).toBe(true);
  expect(subscriptions.add(filterOf(1000), 0)).toBe(true);
});
