import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { MemoryStore } from "../memory-store.ts";
import type { Store } from "../store.ts";
import { Journal, type KeyValueDatabase, type WriteOperation } from "./journal.ts";
import { LevelStore } from "./level-store.ts";
import { openLevelStore } from "./open-level-store.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "isohub-level-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const fail = (error: unknown): never => {
  throw error;
};

/** Changes a store in every way. */
function change(store: Store): void {
  const table = store.scope("hub").table<unknown>("a/b");
  for (const key of ["b", "a", "c", "ä/1"]) table.set(key, { key, bytes: Uint8Array.of(0, 255) });
  table.set("b", null);
  table.delete("a");
  table.set("a", "again");
  const log = store.scope("hub").scope("deep").log<number>("log", 3);
  for (let number = 1; number <= 10; number++) log.append(number);
  log.delete(10);
  store.log<string>("numbers", 100).append("x");
  store.scope("gone").table("t").set("k", 1);
  store.scope("gone").log("l", 5).append(1);
  store.deleteScope("gone");
}

describe("a store on disk", () => {
  it("has after a restart what one in memory has, in the same order and with the same numbers", async () => {
    const folder = await newFolder();
    const memory = new MemoryStore();
    change(memory);
    const first = await openLevelStore(folder, fail);
    change(first.store);
    expect(first.store.snapshot()).toEqual(memory.snapshot());
    await first.journal.close();
    for (let round = 0; round < 2; round++) {
      const { store, journal } = await openLevelStore(folder, fail);
      const { scopes, ...rest } = store.snapshot();
      expect({ ...rest, scopes: { ...scopes, gone: undefined } }).toEqual({
        ...memory.snapshot(),
        scopes: { ...memory.snapshot().scopes, gone: undefined },
      });
      for (const one of [store, memory]) {
        expect(
          one
            .scope("hub")
            .scope("deep")
            .log("log", 3)
            .append(11 + round),
        ).toBe(11 + round);
        one.scope("hub").table("a/b").set(`round ${round}`, round);
      }
      await journal.close();
    }
  });

  it("is replaced by the contents of another store, and deletes what it had", async () => {
    const folder = await newFolder();
    const memory = new MemoryStore();
    change(memory);
    const first = await openLevelStore(folder, fail);
    first.store.table("old").set("k", 1);
    first.store.load(memory.contents());
    await first.journal.close();
    const second = await openLevelStore(folder, fail);
    expect(second.store.snapshot().tables).toEqual({});
    expect(second.store.scope("hub").snapshot()).toEqual(memory.scope("hub").snapshot());
    second.store.clear();
    await second.journal.close();
    const third = await openLevelStore(folder, fail);
    expect(third.store.snapshot()).toEqual({ tables: {}, logs: {}, scopes: {} });
    await third.journal.close();
  });

  it("can be open in one process only", async () => {
    const folder = await newFolder();
    const { journal } = await openLevelStore(folder, fail);
    await expect(openLevelStore(folder, fail)).rejects.toThrow(
      `data must be a folder that can be opened, got '${folder}': another process uses it`,
    );
    await journal.close();
  });
});

/** A database that finishes when the test wants it to. */
class SlowDatabase implements KeyValueDatabase {
  readonly batches: WriteOperation[][] = [];
  #finish: ((error?: Error) => void)[] = [];

  batch(operations: WriteOperation[]): Promise<void> {
    this.batches.push(operations);
    return new Promise((resolve, reject) => {
      this.#finish.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  close = async (): Promise<void> => {};

  async finish(error?: Error): Promise<void> {
    await Promise.resolve();
    this.#finish.shift()?.(error);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

describe("a journal", () => {
  it("writes what belongs together in one batch, and calls back once it is written", async () => {
    const database = new SlowDatabase();
    const journal = new Journal(database, fail);
    const store = new LevelStore(journal);
    const called: number[] = [];
    journal.whenWritten(() => called.push(0));
    expect([called, journal.isBehind]).toEqual([[0], false]);
    store.table("t").set("a", 1);
    store.log("l", 5).append(1);
    journal.whenWritten(() => called.push(1));
    await Promise.resolve();
    store.table("t").set("a", 2);
    store.table("t").set("a", 3);
    journal.whenWritten(() => called.push(2));
    expect(database.batches.map((batch) => batch.length)).toEqual([2]);
    await database.finish();
    expect([called, journal.isBehind]).toEqual([[0, 1], true]);
    await database.finish();
    expect([called, journal.isBehind]).toEqual([[0, 1, 2], false]);
    // The latest of several values is enough.
    expect(database.batches[1]).toEqual([{ type: "put", key: "tt/0000000000000001", value: '["a",3]' }]);
  });

  it("calls back for nothing that a broken disk hasn't written", async () => {
    const database = new SlowDatabase();
    const errors: unknown[] = [];
    const journal = new Journal(database, (error) => errors.push(error));
    new LevelStore(journal).table("t").set("a", 1);
    let isCalled = false;
    journal.whenWritten(() => {
      isCalled = true;
    });
    const full = new Error("ENOSPC");
    await database.finish(full);
    expect([errors, isCalled, journal.isBehind]).toEqual([[full], false, true]);
  });
});
