import { expect, it } from "vitest";
import { listText } from "../store/store-contents.ts";
import { jsonStream } from "./json-stream.ts";

function* itemsOf(items: readonly unknown[], taken: unknown[] = []): Generator<unknown> {
  for (const item of items) {
    taken.push(item);
    yield item;
  }
}

it("is the JSON of the list, of any length", async () => {
  const long = ["x".repeat(70_000), "y".repeat(70_000), "z"];
  for (const items of [[], ["a"], [1, { b: "ä" }, null], long] as const) {
    const response = jsonStream(listText(itemsOf(items)));
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(items);
  }
});

it("encodes items only as they are read, and none once the reader has left", async () => {
  const items = Array.from({ length: 10 }, (_, number) => String(number).repeat(50_000));
  const taken: string[] = [];
  const reader = jsonStream(listText(itemsOf(items, taken))).body?.getReader();
  expect(taken).toEqual([]);
  expect((await reader?.read())?.value).toHaveLength(100_006);
  expect(taken).toHaveLength(2);
  await reader?.cancel();
  expect(taken).toHaveLength(2);
});

it("cuts off a reader that reads nothing for the given time", async () => {
  let hasEnded = false;
  function* endless(): Generator<string> {
    try {
      for (;;) yield "x".repeat(70_000);
    } finally {
      hasEnded = true;
    }
  }
  const reader = jsonStream(endless(), 20).body?.getReader();
  await reader?.read();
  await expect.poll(() => hasEnded).toBe(true);
  await expect(reader?.read()).rejects.toThrow(
    "a reader of a long answer was cut off: it has read nothing for 20 ms",
  );
});
