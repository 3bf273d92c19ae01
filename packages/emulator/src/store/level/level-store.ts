import { fromJson, toJson } from "../json-value.ts";
import type { Log, LogRecord, Store, StoreContents, StoreSnapshot, Table } from "../store.ts";
import { contentsOfTables, snapshotOf } from "../store-contents.ts";
import type { Journal } from "./journal.ts";
import { LevelLog, lastKeyOf } from "./level-log.ts";
import { keyOf, LevelTable, type StoredRecord } from "./level-table.ts";

/**
 * A store in memory whose writes go to a database. The key of a record is its path: `Sscope/ttable/number` or
 * `Sscope/llog/number`, so one pass over the database in order of its keys loads everything.
 */
export class LevelStore implements Store {
  readonly #journal: Journal;
  readonly #path: string;
  readonly #tables = new Map<string, LevelTable<unknown>>();
  readonly #logs = new Map<string, LevelLog<unknown>>();
  readonly #scopes = new Map<string, LevelStore>();

  /** @param path - of the scope: empty, or ending with a slash */
  constructor(journal: Journal, path = "") {
    this.#journal = journal;
    this.#path = path;
  }

  /** Creates a store with the contents of a database, in order of its keys. */
  static async load(
    journal: Journal,
    contents: AsyncIterable<readonly [key: string, value: string]>,
  ): Promise<LevelStore> {
    const root = new LevelStore(journal);
    let [current, records]: [string, (readonly [id: string, value: string])[]] = ["", []];
    const finish = (): void => {
      if (records.length > 0) root.#restore(current.split("/"), records);
      records = [];
    };
    for await (const [key, value] of contents) {
      const end = key.lastIndexOf("/");
      const prefix = key.slice(0, end);
      if (prefix !== current) finish();
      current = prefix;
      records.push([key.slice(end + 1), value]);
    }
    finish();
    return root;
  }

  table<Value>(name: string): Table<Value> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new LevelTable<unknown>(this.#journal, this.#prefix("t", name), []);
      this.#tables.set(name, table);
    }
    // Each table and each log has one owner, which reads the type that it writes.
    return table as LevelTable<Value>;
  }

  log<Value>(name: string, limit: number): Log<Value> {
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = new LevelLog<unknown>(this.#journal, this.#prefix("l", name), [], 0);
      this.#logs.set(name, log);
    }
    return log.limitTo(limit) as LevelLog<Value>;
  }

  // The journal writes everything together that was written in one turn.
  batch<Result>(run: () => Result): Result {
    return run();
  }

  scope(name: string): LevelStore {
    let scope = this.#scopes.get(name);
    if (scope === undefined) {
      scope = new LevelStore(this.#journal, `${this.#path}S${encodeURIComponent(name)}/`);
      this.#scopes.set(name, scope);
    }
    return scope;
  }

  deleteScope(name: string): void {
    this.#scopes.get(name)?.clear();
    this.#scopes.delete(name);
  }

  clear(): void {
    for (const table of this.#tables.values()) table.clear();
    for (const log of this.#logs.values()) log.clear();
    for (const scope of this.#scopes.values()) scope.clear();
    this.#tables.clear();
    this.#logs.clear();
    this.#scopes.clear();
  }

  contents(): StoreContents {
    return contentsOfTables(this.#tables, this.#logs, this.#scopes);
  }

  snapshot(): StoreSnapshot {
    return snapshotOf(this.contents());
  }

  load({ tables, logs, scopes }: StoreContents): void {
    this.clear();
    for (const [name, records] of tables) {
      const table = this.table(name);
      for (const [key, value] of records) table.set(key, value);
    }
    for (const [name, { last, records }] of logs) {
      const prefix = this.#prefix("l", name);
      for (const [number, value] of records)
        this.#journal.put(keyOf(prefix, number), () => JSON.stringify(toJson(value)));
      this.#journal.put(lastKeyOf(prefix), () => String(last));
      this.#logs.set(name, new LevelLog<unknown>(this.#journal, prefix, records, last));
    }
    for (const [name, scope] of scopes) this.scope(name).load(scope);
  }

  #prefix(kind: "t" | "l", name: string): string {
    return `${this.#path}${kind}${encodeURIComponent(name)}`;
  }

  /** Restores one table or log below this store. */
  #restore(
    [head = "", ...path]: readonly string[],
    records: readonly (readonly [id: string, value: string])[],
  ): void {
    const name = decodeURIComponent(head.slice(1));
    if (head.startsWith("S")) this.scope(name).#restore(path, records);
    else if (head.startsWith("t")) {
      const stored = records.map(([id, text]) => {
        const [key, value] = JSON.parse(text) as StoredRecord;
        return [Number(id), key, fromJson(value)] as const;
      });
      this.#tables.set(name, new LevelTable<unknown>(this.#journal, this.#prefix("t", name), stored));
    } else {
      const last = Number(records.find(([id]) => id === "last")?.[1] ?? 0);
      const values = records
        .filter(([id]) => id !== "last")
        .map(([id, text]): LogRecord<unknown> => [Number(id), fromJson(JSON.parse(text))]);
      const newest = Math.max(last, values.at(-1)?.[0] ?? 0);
      this.#logs.set(name, new LevelLog<unknown>(this.#journal, this.#prefix("l", name), values, newest));
    }
  }
}
