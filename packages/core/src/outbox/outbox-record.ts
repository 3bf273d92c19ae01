import { never } from "../util/clock.ts";
import { isJsonObject } from "../util/json.ts";
import { fromUtf8, utf8 } from "../util/text.ts";

/** A message as an outbox stores it. */
export interface OutboxRecord {
  readonly messageId: string;
  /** Its position in the list of priorities. */
  readonly priority: number;
  readonly acceptedAt: number;
  /** The time at which it expires; infinite if it doesn't. */
  readonly expiresAt: number;
  /** The encoded properties: the topic without its start, which depends on the hub. */
  readonly bag: string;
  readonly payload: Uint8Array;
}

const version = 1;
const lengthBytes = 4;

/** Encodes a message: the length of its header, the header as JSON, whose names bundles must not shorten, and the body. */
export function encodeRecord({
  messageId,
  priority,
  acceptedAt,
  expiresAt,
  bag,
  payload,
}: OutboxRecord): Uint8Array {
  const header = utf8(
    JSON.stringify({
      format: version,
      id: messageId,
      priority,
      at: acceptedAt,
      ...(expiresAt === never ? {} : { expires: expiresAt }),
      properties: bag,
    }),
  );
  const bytes = new Uint8Array(lengthBytes + header.length + payload.length);
  new DataView(bytes.buffer).setUint32(0, header.length);
  bytes.set(header, lengthBytes);
  bytes.set(payload, lengthBytes + header.length);
  return bytes;
}

/** @returns `undefined` for anything but a record of this version */
export function decodeRecord(bytes: Uint8Array): OutboxRecord | undefined {
  try {
    const end = lengthBytes + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
    const header: unknown = JSON.parse(fromUtf8(bytes.subarray(lengthBytes, end)));
    if (end > bytes.length || !isJsonObject(header) || header["format"] !== version) return undefined;
    const { id, priority, at, expires = never, properties } = header;
    if (
      typeof id !== "string" ||
      typeof properties !== "string" ||
      typeof at !== "number" ||
      typeof expires !== "number" ||
      (priority !== 0 && priority !== 1 && priority !== 2)
    )
      return undefined;
    return {
      messageId: id,
      priority,
      acceptedAt: at,
      expiresAt: expires,
      bag: properties,
      payload: bytes.subarray(end),
    };
  } catch {
    return undefined;
  }
}
