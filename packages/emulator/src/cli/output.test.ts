import { expect, it } from "vitest";
import { EventOutput } from "./output.ts";

it("formats and writes events together, later, and leaves events out while its reader doesn't read", () => {
  const written: string[] = [];
  const deferred: (() => void)[] = [];
  const sink = { waitingBytes: 0, write: (text: string) => void written.push(text) };
  let formatted = 0;
  const output = new EventOutput<number>({
    sink,
    format: (event) => {
      formatted++;
      return String(event);
    },
    formatDropped: (count) => `${count} left out`,
    defer: (run) => void deferred.push(run),
  });
  for (let event = 1; event <= 3; event++) output.add(event);
  expect([formatted, deferred.length]).toEqual([0, 1]);
  deferred.pop()?.();
  expect(written.splice(0)).toEqual(["1\n2\n3\n"]);

  sink.waitingBytes = 100 * 1024 * 1024;
  for (let event = 0; event < 50_000; event++) output.add(event);
  deferred.pop()?.();
  expect([written.length, formatted]).toEqual([0, 3]);
  sink.waitingBytes = 0;
  output.add(4);
  deferred.pop()?.();
  expect(written).toEqual(["50000 left out\n4\n"]);
});
