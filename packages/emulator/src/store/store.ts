/**
 * The state of a hub, or of the provisioning service, that survives a restart: tables and logs by name.
 *
 * Reads and writes are synchronous, because everything is in memory, whatever else a store does with what is written.
 * Values are plain (see {@link toJson}) and never modified once they are written, so a store keeps them without copying.
 * Owners of objects that aren't plain, such as timers, rebuild them from their table when they are created.
 */
export interface Store {
  /** Returns the table of this name; it is empty unless something was written to it. */
  table<Value>(name: string): Table<Value>;
  /**
   * Returns the log of this name.
   *
   * @param limit - the number of records to keep; older ones are deleted
   */
  log<Value>(name: string, limit: number): Log<Value>;
  /**
   * Runs a synchronous function whose writes belong together: after a crash, all of them are there or none. Batches
   * nest, and may span the scopes of a store. If the function throws, what it wrote before remains.
   */
  batch<Result>(run: () => Result): Result;
  /** Returns the store of this name below this one. It has its own tables and logs. */
  scope(name: string): Store;
  /** Deletes a scope with everything in it. */
  deleteScope(name: string): void;
  /** Deletes everything. Tables and logs returned before must not be used any more. */
  clear(): void;
  /** Replaces everything. Tables and logs returned before must not be used any more. */
  load(contents: StoreContents): void;
  /** Returns what the store has now. Later writes don't change it. */
  contents(): StoreContents;
  /** Returns what the store has now as one document that JSON can express. */
  snapshot(): StoreSnapshot;
}

/**
 * The records of one kind by key, such as the identities of a hub. A `Map` is a table.
 *
 * Iteration follows the order in which the keys were first set; replacing a record keeps its place. A store on disk keeps
 * this order, too.
 */
export interface Table<Value> {
  readonly size: number;
  get(key: string): Value | undefined;
  has(key: string): boolean;
  set(key: string, value: Value): unknown;
  /** Returns whether there was a record. */
  delete(key: string): boolean;
  values(): IterableIterator<Value>;
  entries(): IterableIterator<[key: string, value: Value]>;
}

/** The latest records of one kind, numbered from 1 in the order of arrival, such as telemetry. */
export interface Log<Value> {
  /** The number of the last record, even if it isn't kept. */
  readonly last: number;
  /** The number of kept records. */
  readonly size: number;
  /** Appends a record and returns its number. */
  append(value: Value): number;
  /** Deletes a record before the limit of the log does. No other record gets its number. */
  delete(number: number): void;
  /** Returns up to `limit` kept records whose number is greater than `after`, oldest first. */
  read(after?: number, limit?: number): LogRecord<Value>[];
  /** Returns the kept records, newest first. */
  latest(): IterableIterator<LogRecord<Value>>;
}

/** A record of a log with its number. */
export type LogRecord<Value> = readonly [number: number, value: Value];

/** The contents of a store at one moment. It shares its values with the store, so it takes little memory. */
export interface StoreContents {
  /** The records of each table, in order. */
  readonly tables: ReadonlyMap<string, readonly (readonly [key: string, value: unknown])[]>;
  /** The records of each log, oldest first, and the number of the last one. */
  readonly logs: ReadonlyMap<string, LogSnapshot>;
  readonly scopes: ReadonlyMap<string, StoreContents>;
}

/** The contents of a log. */
export interface LogSnapshot {
  readonly last: number;
  readonly records: readonly LogRecord<unknown>[];
}

/** The contents of a store as JSON, which a new store can begin with. */
export interface StoreSnapshot {
  /** The records of each table as `[key, value]`, in order. */
  readonly tables: Readonly<Record<string, readonly (readonly [key: string, value: unknown])[]>>;
  /** The records of each log as `[number, value]`, oldest first, and the number of the last one. */
  readonly logs: Readonly<Record<string, LogSnapshot>>;
  readonly scopes: Readonly<Record<string, StoreSnapshot>>;
}
