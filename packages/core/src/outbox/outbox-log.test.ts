import { describe, expect, it } from "vitest";
import { utf8 } from "../util/text.ts";
import { crc32 } from "./crc32.ts";
import { logHeader, messageRecord, readLog, removalRecord } from "./outbox-log.ts";

const message = (key: number, text = `message ${key}`) => ({ key, bytes: utf8(text) });

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const keysIn = (bytes: Uint8Array): number[] | undefined => readLog(bytes)?.messages.map(({ key }) => key);

describe("crc32", () => {
  it("is that of zlib", () => {
    expect(crc32(utf8("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });
});

describe("readLog", () => {
  const log = join(
    logHeader,
    messageRecord(message(3)),
    messageRecord(message(2 ** 40)),
    removalRecord([3]),
    messageRecord(message(7, "")),
    messageRecord(message(5)),
  );

  it("returns what was stored and not removed, ordered by key, and where it is", () => {
    const contents = readLog(log);
    expect(contents).toMatchObject({
      messages: [message(5), message(7, ""), message(2 ** 40)],
      lostBytes: 0,
    });
    for (const { key, bytes } of contents?.messages ?? []) {
      const { start = 0, length = 0 } = contents?.ranges.get(key) ?? {};
      expect(log.slice(start, start + length)).toEqual(messageRecord({ key, bytes }));
    }
  });

  it("keeps all whole records of a log that ends anywhere", () => {
    const ends = [logHeader, messageRecord(message(3)), messageRecord(message(2 ** 40)), removalRecord([3])];
    let whole = 0;
    const boundaries = ends.map(({ length }) => (whole += length));
    for (let end = 0; end <= whole; end++) {
      const contents = readLog(log.slice(0, end));
      const last = Math.max(0, ...boundaries.filter((boundary) => boundary <= end));
      const expected = [[], [], [3], [3, 2 ** 40], [2 ** 40]][boundaries.indexOf(last) + 1];
      expect(contents?.messages.map(({ key }) => key)).toEqual(expected);
      if (end >= logHeader.length)
        expect(contents).toMatchObject({ lostBytes: end - last, isTornTail: true });
    }
  });

  it("loses no more than the record in which a byte is changed", () => {
    for (let at = 0; at < log.length; at++) {
      const damaged = log.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      const keys = keysIn(damaged) ?? [];
      // Without its removal, message 3 is sent again. Without the removed record, it stays removed.
      const lost = [5, 7, 2 ** 40].filter((key) => !keys.includes(key));
      expect(lost.length).toBeLessThanOrEqual(1);
      expect(readLog(damaged)?.lostBytes).toBeGreaterThan(0);
    }
  });

  it("reports damage in the middle as more than a write that was interrupted", () => {
    const damaged = log.slice();
    damaged[logHeader.length + 20] = 0;
    expect(readLog(damaged)).toMatchObject({ isTornTail: false });
  });

  it("finds a record after another one whose content looks like a marker", () => {
    const first = messageRecord({ key: 1, bytes: new Uint8Array(20).fill(0xb5) });
    const damaged = join(logHeader, first, messageRecord(message(2)));
    damaged[logHeader.length + 6] = (damaged[logHeader.length + 6] ?? 0) + 1;
    expect(keysIn(damaged)).toEqual([2]);
  });

  it("doesn't take another file for a log", () => {
    expect(readLog(utf8("[section]\nname = value\n"))).toBeUndefined();
    expect(readLog(new Uint8Array(100))).toBeUndefined();
    expect(readLog(new Uint8Array())).toMatchObject({ messages: [], lostBytes: 0 });
  });
});
