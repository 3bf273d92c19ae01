import { isJsonObject, shown } from "@isohub/core/internal";
import { fromJson, toJson } from "./json-value.ts";
import type { Log, Store, StoreContents, StoreSnapshot, Table } from "./store.ts";

/** The contents of a new store. */
export const emptyContents: StoreContents = { tables: new Map(), logs: new Map(), scopes: new Map() };

/** Returns the contents of a store with these tables, logs and scopes. */
export function contentsOfTables(
  tables: ReadonlyMap<string, Table<unknown>>,
  logs: ReadonlyMap<string, Log<unknown>>,
  scopes: ReadonlyMap<string, Store>,
): StoreContents {
  return {
    tables: mapValues(tables, (table) => [...table.entries()]),
    logs: mapValues(logs, (log) => ({ last: log.last, records: log.read() })),
    scopes: mapValues(scopes, (scope) => scope.contents()),
  };
}

/** Converts contents to JSON. */
export function snapshotOf({ tables, logs, scopes }: StoreContents): StoreSnapshot {
  return {
    tables: objectOf(tables, (records) => records.map(([key, value]) => [key, toJson(value)])),
    logs: objectOf(logs, ({ last, records }) => ({
      last,
      records: records.map(([number, value]) => [number, toJson(value)]),
    })),
    scopes: objectOf(scopes, snapshotOf),
  };
}

/**
 * Converts the JSON of {@link snapshotOf} back.
 *
 * @param path - of the snapshot, for messages
 * @throws {TypeError} with the path of what doesn't have the form of a snapshot
 */
export function contentsOf(snapshot: StoreSnapshot, path = "snapshot"): StoreContents {
  const { tables, logs, scopes } = requireObject(snapshot, path);
  return {
    tables: mapOf(tables, `${path}.tables`, (records, at) =>
      recordsOf(records, at, "string", "a list of a key and a value"),
    ),
    logs: mapOf(logs, `${path}.logs`, (log, at) => {
      const { last, records } = requireObject(log, at);
      if (!Number.isSafeInteger(last)) throw mustBe(`${at}.last`, last, "an integer");
      return {
        last,
        records: recordsOf(records, `${at}.records`, "number", "a list of a number and a value"),
      };
    }),
    scopes: mapOf(scopes, `${path}.scopes`, contentsOf),
  };
}

/** Yields the JSON of {@link snapshotOf} in pieces. A value is converted when its piece is read. */
export function* snapshotText({ tables, logs, scopes }: StoreContents): Generator<string> {
  yield '{"tables":';
  yield* objectText(tables, recordsText);
  yield ',"logs":';
  yield* objectText(logs, function* ({ last, records }) {
    yield `{"last":${last},"records":`;
    yield* recordsText(records);
    yield "}";
  });
  yield ',"scopes":';
  yield* objectText(scopes, snapshotText);
  yield "}";
}

function* recordsText(records: readonly (readonly [id: unknown, value: unknown])[]): Generator<string> {
  yield* listText(records, ([id, value]) => [id, toJson(value)]);
}

/** Yields a list as JSON in pieces. An item is converted when its piece is read. */
export function* listText<Item>(
  items: Iterable<Item>,
  convert: (item: Item) => unknown = (item) => item,
): Generator<string> {
  let start = "[";
  for (const item of items) {
    yield start + JSON.stringify(convert(item));
    start = ",";
  }
  yield start === "[" ? "[]" : "]";
}

function* objectText<Value>(
  members: ReadonlyMap<string, Value>,
  textOf: (value: Value) => Iterable<string>,
): Generator<string> {
  let start = "{";
  for (const [name, value] of members) {
    yield `${start}${JSON.stringify(name)}:`;
    yield* textOf(value);
    start = ",";
  }
  yield start === "{" ? "{}" : "}";
}

function mustBe(path: string, value: unknown, rule: string): TypeError {
  return new TypeError(`${path} must be ${rule}, got ${shown(value)}`);
}

/** Returns a map with other values. */
export function mapValues<From, To>(
  map: ReadonlyMap<string, From>,
  convert: (value: From) => To,
): Map<string, To> {
  return new Map(Array.from(map, ([name, value]) => [name, convert(value)]));
}

function mapOf<From, To>(
  object: Readonly<Record<string, From>>,
  path: string,
  convert: (value: From, path: string) => To,
): Map<string, To> {
  const entries = Object.entries(requireObject(object, path));
  return new Map(entries.map(([name, value]) => [name, convert(value, `${path}.${name}`)]));
}

function requireObject<Value extends object>(value: Value, path: string): Value {
  if (!isJsonObject(value)) throw mustBe(path, value, "an object");
  return value;
}

function recordsOf<Id extends string | number>(
  records: readonly (readonly [id: Id, value: unknown])[],
  path: string,
  idType: "string" | "number",
  rule: string,
): [id: Id, value: unknown][] {
  if (!Array.isArray(records)) throw mustBe(path, records, "a list");
  return records.map((record, at) => {
    if (!Array.isArray(record) || record.length !== 2 || typeof record[0] !== idType)
      throw mustBe(`${path}[${at}]`, record, rule);
    return [record[0], fromJson(record[1])];
  });
}

function objectOf<From, To>(
  map: ReadonlyMap<string, From>,
  convert: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(mapValues(map, convert));
}
