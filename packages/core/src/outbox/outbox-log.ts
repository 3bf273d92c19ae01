import { utf8 } from "../util/text.ts";
import { crc32 } from "./crc32.ts";
import type { StoredMessage } from "./outbox-store.ts";

/** The start of each file. */
export const logHeader: Uint8Array = utf8("isohub outbox 1\n");

/** The part of a log that holds a message. */
export interface LogRange {
  readonly start: number;
  readonly length: number;
}

/** The contents of a log. */
export interface LogContents {
  /** The messages that were not removed, ordered by their keys. */
  readonly messages: readonly StoredMessage[];
  readonly ranges: ReadonlyMap<number, LogRange>;
  /** The number of bytes that belong to no whole record. */
  readonly lostBytes: number;
  /** Whether all of them are at the end, as after a write that was interrupted. */
  readonly isTornTail: boolean;
}

// A record: marker, kind, length of its content, CRC-32 of kind, length and content, content.
const marker = 0xb5;
const kinds = { message: 1, removal: 2 } as const;
const headBytes = 10;
const keyBytes = 8;

/** Encodes a message as a record: its key and its bytes. */
export function messageRecord({ key, bytes }: StoredMessage): Uint8Array {
  return record(kinds.message, keyBytes + bytes.length, (content, view) => {
    view.setFloat64(0, key);
    content.set(bytes, keyBytes);
  });
}

/** Encodes the removal of messages as a record: their keys. */
export function removalRecord(keys: readonly number[]): Uint8Array {
  return record(kinds.removal, keyBytes * keys.length, (_, view) => {
    for (const [index, key] of keys.entries()) view.setFloat64(index * keyBytes, key);
  });
}

function record(
  kind: number,
  length: number,
  write: (content: Uint8Array, view: DataView) => void,
): Uint8Array {
  const bytes = new Uint8Array(headBytes + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = marker;
  bytes[1] = kind;
  view.setUint32(2, length);
  write(bytes.subarray(headBytes), new DataView(bytes.buffer, headBytes));
  view.setUint32(6, checksum(bytes));
  return bytes;
}

/** The checksum of a whole record, without the field for it. */
function checksum(bytes: Uint8Array): number {
  return (crc32(bytes.subarray(1, 6)) ^ crc32(bytes.subarray(headBytes))) >>> 0;
}

/**
 * Reads a log. Where it is damaged, reading continues with the next whole record.
 *
 * @returns `undefined` for a file that isn't a log
 */
export function readLog(bytes: Uint8Array): LogContents | undefined {
  const messages = new Map<number, StoredMessage>();
  const ranges = new Map<number, LogRange>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasHeader = logHeader.every((byte, index) => byte === bytes[index]);
  let at = hasHeader ? logHeader.length : 0;
  let lostBytes = 0;
  let lastWhole = at;
  let records = 0;
  while (at < bytes.length) {
    const length = wholeRecordAt(bytes, view, at);
    if (length === 0) {
      const next = bytes.indexOf(marker, at + 1);
      const end = next < 0 ? bytes.length : next;
      lostBytes += end - at;
      at = end;
      continue;
    }
    records++;
    for (const [kind, key] of keysOf(bytes, view, at, length)) {
      if (kind === kinds.message) {
        messages.set(key, { key, bytes: bytes.slice(at + headBytes + keyBytes, at + length) });
        ranges.set(key, { start: at, length });
      } else {
        messages.delete(key);
        ranges.delete(key);
      }
    }
    at += length;
    lastWhole = at;
  }
  // The write of the header itself may have been interrupted.
  const isHeaderPart = bytes.every((byte, index) => byte === logHeader[index]);
  if (!hasHeader && records === 0 && !isHeaderPart) return undefined;
  return {
    messages: [...messages.values()].sort((one, other) => one.key - other.key),
    ranges,
    lostBytes,
    isTornTail: lostBytes === bytes.length - lastWhole,
  };
}

/** Returns the length of the record at a position; 0 if there is no whole one. */
function wholeRecordAt(bytes: Uint8Array, view: DataView, at: number): number {
  if (bytes[at] !== marker || at + headBytes > bytes.length) return 0;
  const end = at + headBytes + view.getUint32(at + 2);
  if (end > bytes.length || checksum(bytes.subarray(at, end)) !== view.getUint32(at + 6)) return 0;
  return end - at;
}

function* keysOf(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
): Generator<readonly [kind: number, key: number]> {
  const kind = Number(bytes[at + 1]);
  const end = kind === kinds.message ? headBytes + keyBytes : length;
  for (let offset = headBytes; offset < end; offset += keyBytes) yield [kind, view.getFloat64(at + offset)];
}
