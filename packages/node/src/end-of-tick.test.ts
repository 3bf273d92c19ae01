import { expect, it } from "vitest";
import { atEndOfTick } from "./end-of-tick.ts";

it("calls back after ticks that queue further ticks, and before the next turn of the event loop", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      setImmediate(() => {
        order.push("next turn");
        resolve();
      });
      atEndOfTick(() => order.push("end"));
      process.nextTick(() => {
        order.push("first tick");
        process.nextTick(() => order.push("second tick"));
      });
    });
  });
  expect(order).toEqual(["first tick", "second tick", "end", "next turn"]);
});
