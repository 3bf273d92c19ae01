import { ArgumentError } from "../errors.ts";
import { encodePercent } from "../util/percent.ts";
import { encoder } from "../util/text.ts";

// A separate ArrayBuffer costs three times as much as copying a small message, and the collector tracks each one. Packets
// therefore share blocks, and lie one behind the other there, so that those of one tick are written without copying them.
const blockBytes = 131_072;
const largestShared = 16_384;

/** The size of the head of nearly all messages: their type, and a remaining length of two bytes. */
const usualHead = 3;
/** The space that a longer head takes. */
const spare = 2;

let block = new Uint8Array(0);
// Reading it from the array takes as long as creating a packet.
let buffer: ArrayBuffer;
/** The positions of the packet that is being written: its start, its end so far, and its string from the start. */
let start = 0;
let end = 0;
let stringAt = 0;

/** Begins a packet. Write its body and call {@link endPacket} before any code of an application can run. */
export function beginPacket(): void {
  end = start + usualHead;
}

/** The number of bytes written of the packet. */
export function packetSize(): number {
  return end - start;
}

/** Makes room for bytes of the packet, in a new block if this one is full. */
function reserve(bytes: number): void {
  const size = end - start + bytes + spare;
  if (start + size <= block.length) return;
  const next = new Uint8Array(size > largestShared ? size : blockBytes);
  next.set(block.subarray(start, end));
  block = next;
  buffer = next.buffer;
  end -= start;
  start = 0;
}

export function putByte(byte: number): void {
  reserve(1);
  block[end++] = byte;
}

export function putUint16(value: number): void {
  putByte(value >> 8);
  putByte(value & 0xff);
}

/** Writes bytes, or a string as UTF-8. */
export function putBytes(data: Uint8Array | string): void {
  if (typeof data === "string") {
    reserve(data.length * 3);
    end += encoder.encodeInto(data, block.subarray(end)).written;
  } else {
    reserve(data.length);
    block.set(data, end);
    end += data.length;
  }
}

/** Each ASCII character, percent-encoded. */
const encodedAscii = Array.from({ length: 0x80 }, (_, code) => encodePercent(String.fromCharCode(code)));

/**
 * Writes a string, percent-encoded as `encodePercent` does. Nearly all characters are ASCII, which a table encodes faster.
 *
 * @returns the size of the string before encoding, in bytes
 */
export function putPercent(text: string): number {
  reserve(text.length * 3);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const ascii = encodedAscii[code];
    if (ascii === undefined) {
      const encoded = encodePercent(text.slice(at));
      putBytes(encoded);
      return at + encoded.replace(/%../g, "%").length;
    }
    if (ascii.length === 1) block[end++] = code;
    else for (let each = 0; each < ascii.length; each++) block[end++] = ascii.charCodeAt(each);
  }
  return text.length;
}

/** Begins a string with its length in front. */
export function beginString(): void {
  putUint16(0);
  stringAt = packetSize();
}

/** @throws {ArgumentError} `invalid_argument` if it is too long; the message doesn't contain it, because it may be a password */
export function endString(field: string): void {
  const bytes = packetSize() - stringAt;
  if (bytes > 0xffff) {
    throw new ArgumentError("invalid_argument", `The ${field} must have at most 65535 bytes, got ${bytes}`);
  }
  const at = start + stringAt;
  block[at - 2] = bytes >> 8;
  block[at - 1] = bytes & 0xff;
}

/** Writes a string with its length in front. @throws {ArgumentError} as {@link endString} */
export function putString(field: string, text: string): void {
  beginString();
  putBytes(text);
  endString(field);
}

/** Writes the head. @returns the packet */
export function endPacket(head: number): Uint8Array {
  let length = packetSize() - usualHead;
  const size = length < 0x80 ? 2 : length < 0x4000 ? 3 : length < 0x200000 ? 4 : 5;
  if (size !== usualHead) {
    block.copyWithin(start + size, start + usualHead, end);
    end += size - usualHead;
  }
  const packet = new Uint8Array(buffer, start, packetSize());
  start = end;
  packet[0] = head;
  for (let at = 1; at < size; at++) {
    packet[at] = (length & 0x7f) | (at < size - 1 ? 0x80 : 0);
    length >>= 7;
  }
  return packet;
}

/** Reads a number of two bytes. */
export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
