import { fromJson, toJson } from "./json-value.ts";
import { MemoryLog } from "./memory-log.ts";
import type { Log, Store, StoreSnapshot, Table } from "./store.ts";

/** A store without a disk. It is empty after a restart. */
export class MemoryStore implements Store {
  #tables = new Map<string, Map<string, unknown>>();
  #logs = new Map<string, MemoryLog<unknown>>();
  #scopes = new Map<string, MemoryStore>();

  /** @param snapshot - the contents to begin with; empty by default */
  constructor(snapshot?: StoreSnapshot) {
    if (snapshot !== undefined) this.load(snapshot);
  }

  clear(): void {
    this.load({ tables: {}, logs: {}, scopes: {} });
  }

  load({ tables, logs, scopes }: StoreSnapshot): void {
    this.#tables = mapOf(tables, (records) => new Map(records.map(([key, value]) => [key, fromJson(value)])));
    this.#logs = mapOf(logs, ({ records, last }) => {
      return new MemoryLog(
        records.map(([number, value]) => [number, fromJson(value)] as const),
        last,
      );
    });
    this.#scopes = mapOf(scopes, (scope) => new MemoryStore(scope));
  }

  // Each table and each log has one owner, which reads the type that it writes.
  table<Value>(name: string): Table<Value> {
    const table = this.#tables.get(name) ?? new Map<string, unknown>();
    this.#tables.set(name, table);
    return table as Map<string, Value>;
  }

  log<Value>(name: string, limit: number): Log<Value> {
    const log = this.#logs.get(name) ?? new MemoryLog<unknown>();
    this.#logs.set(name, log);
    return log.limitTo(limit) as MemoryLog<Value>;
  }

  batch<Result>(run: () => Result): Result {
    return run();
  }

  scope(name: string): Store {
    const scope = this.#scopes.get(name) ?? new MemoryStore();
    this.#scopes.set(name, scope);
    return scope;
  }

  deleteScope(name: string): void {
    this.#scopes.delete(name);
  }

  snapshot(): StoreSnapshot {
    return {
      tables: objectOf(this.#tables, (table) => Array.from(table, ([key, value]) => [key, toJson(value)])),
      logs: objectOf(this.#logs, (log) => ({
        last: log.last,
        records: log.read().map(([number, value]) => [number, toJson(value)] as const),
      })),
      scopes: objectOf(this.#scopes, (scope) => scope.snapshot()),
    };
  }
}

function mapOf<From, To>(
  object: Readonly<Record<string, From>>,
  convert: (value: From) => To,
): Map<string, To> {
  return new Map(Object.entries(object).map(([name, value]) => [name, convert(value)]));
}

function objectOf<From, To>(
  map: ReadonlyMap<string, From>,
  convert: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Array.from(map, ([name, value]) => [name, convert(value)]));
}
