import { beforeEach, describe, expect, it } from "vitest";
import { failure } from "../../test/failure.ts";
import { MemoryFiles } from "../../test/memory-files.ts";
import { utf8 } from "../util/text.ts";
import { type FileOutboxOptions, FileOutboxStore } from "./file-outbox-store.ts";
import type { StoredMessage } from "./outbox-store.ts";

const path = "folder/outbox";
let files = new MemoryFiles();
beforeEach(() => {
  files = new MemoryFiles();
});

const message = (key: number, size = 10): StoredMessage => ({ key, bytes: new Uint8Array(size).fill(key) });

async function opened(options: FileOutboxOptions = {}): Promise<FileOutboxStore> {
  const store = new FileOutboxStore(path, files, options);
  await store.open();
  return store;
}

/** Ends the process, and returns what the next one finds. */
async function afterCrash(): Promise<{ keys: number[]; damage: string | undefined }> {
  files.crash();
  const { messages, damage } = await new FileOutboxStore(path, files).open();
  files.crash();
  return { keys: messages.map(({ key }) => key), damage };
}

describe("a file outbox store", () => {
  it("syncs messages before it accepts them, and the folder of a new file; not with relaxed durability", async () => {
    const store = await opened();
    expect(files.synced).toEqual([path, "folder/"]);
    await store.append([message(1), message(2)]);
    expect(files.synced).toHaveLength(3);
    await store.remove([1]);
    expect(files.synced).toHaveLength(3);
    files = new MemoryFiles();
    await (await opened({ durability: "relaxed" })).append([message(1)]);
    expect(files.synced).toEqual([]);
    expect(await afterCrash()).toEqual({ keys: [1], damage: undefined });
  });

  it("keeps what is whole of a file that ends within a record, reports the rest, and continues", async () => {
    const store = await opened();
    await store.append([message(1)]);
    await store.append([message(2)]);
    files.contents.set(path, files.bytesOf(path).slice(0, -3));
    files.crash();
    const next = new FileOutboxStore(path, files);
    expect(await next.open()).toMatchObject({
      messages: [message(1)],
      damage: expect.stringContaining("folder/outbox ended with 25 bytes of a record that isn't complete"),
    });
    await next.append([message(3)]);
    expect(await afterCrash()).toEqual({ keys: [1, 3], damage: undefined });
  });

  it("reports damage before the end as lost messages", async () => {
    const store = await opened();
    await store.append([message(1)]);
    await store.append([message(2)]);
    const damaged = files.bytesOf(path);
    damaged[40] = 99;
    expect(await afterCrash()).toEqual({
      keys: [2],
      damage: "28 bytes of folder/outbox couldn't be read, and the messages in them are lost",
    });
  });

  it("leaves a file alone that isn't an outbox", async () => {
    const text = utf8("precious\n");
    files.contents.set(path, text);
    expect(await failure(opened())).toMatchObject({
      code: "outbox_failed",
      message: "folder/outbox isn't the file of an outbox",
    });
    expect(files.bytesOf(path)).toEqual(text);
    // And doesn't keep the lock.
    files.contents.delete(path);
    await opened();
  });

  it("on a full disk leaves nothing of the messages that it rejects, and accepts others when there is space", async () => {
    const store = await opened();
    await store.append([message(1)]);
    const { length } = files.bytesOf(path);
    files.space = length + 20;
    expect(await failure(store.append([message(2), message(3)]))).toMatchObject({ code: "ENOSPC" });
    expect(files.bytesOf(path)).toHaveLength(length);
    files.space = Number.POSITIVE_INFINITY;
    await store.append([message(4)]);
    expect(await afterCrash()).toEqual({ keys: [1, 4], damage: undefined });
  });

  it("rejects messages that it couldn't sync or take back, and still doesn't keep them", async () => {
    const store = await opened();
    await store.append([message(1)]);
    files.failures.sync = new Error("EIO");
    files.failures.truncate = new Error("EIO");
    expect(await failure(store.append([message(2, 200)]))).toMatchObject({ message: "EIO" });
    expect(await failure(store.append([message(3, 100)]))).toMatchObject({ message: "EIO" });
    files.failures.sync = undefined;
    files.failures.truncate = undefined;
    await store.append([message(4)]);
    expect(await afterCrash()).toEqual({ keys: [1, 4], damage: undefined });
  });

  it("has a bound: it compacts itself, and is cut when it is empty", async () => {
    const store = await opened({ durability: "relaxed" });
    const size = 10_000;
    let longest = 0;
    for (let key = 1; key <= 300; key++) {
      await store.append([message(key, size)]);
      if (key > 20) await store.remove([key - 20]);
      longest = Math.max(longest, files.bytesOf(path).length);
    }
    expect(longest).toBeLessThan(1024 * 1024 + 42 * (size + 100));
    expect((await afterCrash()).keys).toEqual(Array.from({ length: 20 }, (_, index) => 281 + index));
    const next = await opened();
    await next.remove(Array.from({ length: 20 }, (_, index) => 281 + index));
    expect(files.bytesOf(path).length).toBeLessThan(100);
    expect([...files.contents.keys()]).toEqual([path]);
  });

  it("keeps the old file if it can't compact, also after a crash in between", async () => {
    const store = await opened({ durability: "relaxed" });
    for (let key = 1; key <= 150; key++) await store.append([message(key, 10_000)]);
    const removed = Array.from({ length: 149 }, (_, index) => index + 1);
    files.failures.rename = new Error("EIO");
    expect(await failure(store.remove(removed))).toMatchObject({ message: "EIO" });
    await store.append([message(151)]);
    files.contents.set(`${path}.compact`, new Uint8Array(5));
    files.failures.rename = undefined;
    // The removal wasn't stored.
    expect((await afterCrash()).keys).toHaveLength(151);
    expect([...files.contents.keys()]).toEqual([path]);
  });

  it.each([
    [["", {}], "path must be the path of a file, got an empty string"],
    [[7, {}], "path must be the path of a file, got 7"],
    [["p", { durability: "always" }], "durability must be 'strict' or 'relaxed', got 'always'"],
  ])("rejects %j", ([wrongPath, options], text) => {
    expect(() => new FileOutboxStore(wrongPath as string, files, options as FileOutboxOptions)).toThrow(text);
  });
});
