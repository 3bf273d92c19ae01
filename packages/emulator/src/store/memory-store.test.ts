import { describe, expect, it } from "vitest";
import { MemoryStore } from "./memory-store.ts";

/** A store with the contents of another, by way of JSON. */
function copyOf(store: MemoryStore): MemoryStore {
  return new MemoryStore(JSON.parse(JSON.stringify(store.snapshot())));
}

describe("a table", () => {
  it("keeps the order of its keys, also when a record is replaced", () => {
    const store = new MemoryStore();
    const table = store.table<number>("numbers");
    for (const key of ["b", "a", "c"]) table.set(key, 1);
    table.set("b", 2);
    table.delete("a");
    table.set("a", 3);
    const entries = [...copyOf(store).table<number>("numbers").entries()];
    expect(entries).toEqual([
      ["b", 2],
      ["c", 1],
      ["a", 3],
    ]);
    expect([...table.entries()]).toEqual(entries);
  });

  it("is the same one under the same name, and separate in each scope", () => {
    const store = new MemoryStore();
    store.table("t").set("k", 1);
    expect(store.table("t").get("k")).toBe(1);
    const scope = store.scope("hubs").scope("a");
    expect(scope.table("t").size).toBe(0);
    scope.table("t").set("k", 2);
    const copy = copyOf(store);
    expect(copy.table("t").get("k")).toBe(1);
    expect(copy.scope("hubs").scope("a").table("t").get("k")).toBe(2);
    copy.scope("hubs").deleteScope("a");
    expect(copy.scope("hubs").scope("a").table("t").size).toBe(0);
  });
});

describe("a log", () => {
  it("keeps the numbers of its records when some are deleted, also when it is restored", () => {
    const store = new MemoryStore();
    const log = store.log<number>("l", 1000);
    for (let number = 1; number <= 500; number++) log.append(number);
    for (let number = 1; number <= 500; number++) if (number % 50 !== 0) log.delete(number);
    log.delete(500);
    log.delete(7);
    const kept = [50, 100, 150, 200, 250, 300, 350, 400, 450].map((number) => [number, number]);
    for (const one of [log, copyOf(store).log<number>("l", 1000)]) {
      expect(one.read()).toEqual(kept);
      expect(one.read(150, 2)).toEqual(kept.slice(3, 5));
      expect([...one.latest()]).toEqual([...kept].reverse());
      expect([one.size, one.last]).toEqual([9, 500]);
      expect(one.append(501)).toBe(501);
    }
  });

  it("numbers records from 1, keeps the latest, and reads those after a number", () => {
    const log = new MemoryStore().log<string>("l", 3);
    for (let number = 1; number <= 20; number++) {
      expect(log.append(`r${number}`)).toBe(number);
      expect(log.read()).toHaveLength(Math.min(3, number));
      expect(log.read().at(-1)).toEqual([number, `r${number}`]);
    }
    expect(log.read(18)).toEqual([
      [19, "r19"],
      [20, "r20"],
    ]);
    expect(log.read(20)).toEqual([]);
  });

  it.each([0, 1, 2, 5])("goes on with its numbers when it is restored to keep %i", (limit) => {
    const store = new MemoryStore();
    const log = store.log<string>("l", 2);
    for (const record of ["a", "b", "c"]) log.append(record);
    const copy = copyOf(copyOf(store)).log<string>("l", limit);
    const kept = [
      [2, "b"],
      [3, "c"],
    ];
    expect(copy.read()).toEqual(limit === 0 ? [] : kept.slice(-limit));
    expect(copy.append("d")).toBe(4);
  });
});
