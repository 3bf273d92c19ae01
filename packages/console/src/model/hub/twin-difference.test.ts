import { expect, it } from "vitest";
import { differences, patchBetween } from "./twin-difference.ts";

it("lists what is desired and not reported, also as Plug and Play reports it", () => {
  const desired = { $version: 3, a: 1, b: 2, nested: { c: true, d: "x" }, gone: 1 };
  const reported = { $version: 9, a: { value: 1, ac: 200, av: 3 }, b: 3, nested: { c: true }, more: 1 };
  expect(differences(desired, reported)).toEqual([
    { path: "b", desired: 2, reported: 3 },
    { path: "nested.d", desired: "x", reported: undefined },
    { path: "gone", desired: 1, reported: undefined },
  ]);
  expect(differences({ constructor: 1 }, {})).toEqual([
    { path: "constructor", desired: 1, reported: undefined },
  ]);
});

it("makes the patch between two documents", () => {
  const before = { keep: 1, change: 1, remove: 1, nested: { keep: 1, remove: 1 }, list: [1] };
  const after = { keep: 1, change: 2, nested: { keep: 1 }, list: [1, 2], add: {} };
  expect(patchBetween(before, after)).toEqual({
    change: 2,
    remove: null,
    nested: { remove: null },
    list: [1, 2],
    add: {},
  });
});
