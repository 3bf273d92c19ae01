import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdTable } from "./id-table.ts";

const ids = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0xffff }));

describe("IdTable", () => {
  it("holds the same entries as a Map after any sequence of steps", () => {
    const steps = fc.array(fc.record({ id: ids, what: fc.constantFrom("set", "set", "take", "clear") }));
    fc.assert(
      fc.property(steps, (all) => {
        const table = new IdTable<number>();
        const map = new Map<number, number>();
        for (const [at, { id, what }] of all.entries()) {
          if (what === "set") {
            table.set(id, at);
            map.set(id, at);
          } else if (what === "take") {
            expect(table.take(id)).toBe(map.get(id));
            map.delete(id);
          } else if (at % 10 === 0) {
            table.clear();
            map.clear();
          }
          expect(table.size).toBe(map.size);
          expect(table.has(id)).toBe(map.has(id));
          expect(table.get(id)).toBe(map.get(id));
        }
        const inOrder = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);
        expect(inOrder(table.values())).toEqual(inOrder(map.values()));
      }),
    );
  });

  it("holds every packet id there is", () => {
    const table = new IdTable<number>();
    for (let id = 1; id <= 0xffff; id++) table.set(id, id);
    expect(table.size).toBe(0xffff);
    for (let id = 1; id <= 0xffff; id++) expect(table.take(id)).toBe(id);
    expect(table.size).toBe(0);
    expect(table.values()).toEqual([]);
  });

  it("doesn't mix up ids after they wrap around while an old one remains", () => {
    const table = new IdTable<string>();
    table.set(3, "old");
    for (let id = 4; id < 70_000; id++) {
      const packetId = (id % 0x7fff) + 1;
      if (table.has(packetId)) continue;
      table.set(packetId, String(id));
      expect(table.take(packetId)).toBe(String(id));
    }
    expect(table.values()).toEqual(["old"]);
  });
});
