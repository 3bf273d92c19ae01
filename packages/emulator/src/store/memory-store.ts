import { MemoryLog } from "./memory-log.ts";
import type { Log, Store, StoreContents, StoreSnapshot, Table } from "./store.ts";
import { contentsOf, contentsOfTables, emptyContents, mapValues, snapshotOf } from "./store-contents.ts";

/** A store without a disk. It is empty after a restart. */
export class MemoryStore implements Store {
  #tables = new Map<string, Map<string, unknown>>();
  #logs = new Map<string, MemoryLog<unknown>>();
  #scopes = new Map<string, MemoryStore>();

  /** @param snapshot - the contents to begin with; empty by default */
  constructor(snapshot?: StoreSnapshot) {
    if (snapshot !== undefined) this.load(contentsOf(snapshot));
  }

  clear(): void {
    this.load(emptyContents);
  }

  load({ tables, logs, scopes }: StoreContents): void {
    this.#tables = mapValues(tables, (records) => new Map(records));
    this.#logs = mapValues(logs, ({ records, last }) => new MemoryLog(records, last));
    this.#scopes = mapValues(scopes, (contents) => {
      const scope = new MemoryStore();
      scope.load(contents);
      return scope;
    });
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

  contents(): StoreContents {
    return contentsOfTables(this.#tables, this.#logs, this.#scopes);
  }

  snapshot(): StoreSnapshot {
    return snapshotOf(this.contents());
  }
}
