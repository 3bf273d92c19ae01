// The part of DER that certificates need. @source ITU-T X.690

/** Encodes a value with its tag and length. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, { length: each }) => sum + each, 0);
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | bytesOf(length).length, ...bytesOf(length)];
  const encoded = new Uint8Array(head.length + length);
  encoded.set(head);
  let at = head.length;
  for (const part of content) {
    encoded.set(part, at);
    at += part.length;
  }
  return encoded;
}

/** SEQUENCE. */
export function sequence(...content: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...content);
}

/** SET of one value. */
export function set(content: Uint8Array): Uint8Array {
  return der(0x31, content);
}

/** A value with an explicit tag, such as `[0]`. */
export function tagged(number: number, content: Uint8Array): Uint8Array {
  return der(0xa0 | number, content);
}

/** INTEGER of a small number. */
export function smallInteger(value: number): Uint8Array {
  const bytes = bytesOf(value);
  return der(0x02, Uint8Array.from((bytes[0] ?? 0) & 0x80 ? [0, ...bytes] : bytes));
}

/** OCTET STRING. */
export function octets(content: Uint8Array): Uint8Array {
  return der(0x04, content);
}

/** BIT STRING of whole bytes, or without the last `unused` bits. */
export function bits(content: Uint8Array, unused = 0): Uint8Array {
  return der(0x03, Uint8Array.of(unused), content);
}

/** OBJECT IDENTIFIER, such as `2.5.4.3`. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...others].flatMap((arc) => {
    const parts = [arc & 0x7f];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128))
      parts.unshift(0x80 | (high & 0x7f));
    return parts;
  });
  return der(0x06, Uint8Array.from(bytes));
}

/** UTF8String. */
export function utf8String(text: string): Uint8Array {
  return der(0x0c, new TextEncoder().encode(text));
}

/** BMPString. */
export function bmpString(text: string): Uint8Array {
  return der(0x1e, bigEndian16(text));
}

/** Returns the code units of a string, each as two bytes. */
export function bigEndian16(text: string): Uint8Array {
  return Uint8Array.from(
    Array.from(text).flatMap((character) => [character.charCodeAt(0) >> 8, character.charCodeAt(0) & 0xff]),
  );
}

/** Time, to the second: UTCTime until 2049, as X.509 demands, then GeneralizedTime. */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\D/g, "").slice(0, 14);
  const isShort = date.getUTCFullYear() < 2050;
  return der(isShort ? 0x17 : 0x18, new TextEncoder().encode(`${isShort ? digits.slice(2) : digits}Z`));
}

/** BOOLEAN, true. */
export const yes: Uint8Array = Uint8Array.of(0x01, 0x01, 0xff);

/** NULL. */
export const nothing: Uint8Array = Uint8Array.of(0x05, 0x00);

/** Returns the values in a constructed one, each with its head. @throws {TypeError} if a length is too large */
export function itemsOf(encoded: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  const { start, end } = contentOf(encoded);
  for (let at = start; at < end; ) {
    const { end: next } = contentOf(encoded.subarray(at));
    items.push(encoded.subarray(at, at + next));
    at += next;
  }
  return items;
}

/** Returns where the content of a value begins and ends. */
function contentOf(encoded: Uint8Array): { readonly start: number; readonly end: number } {
  const first = encoded[1] ?? 0;
  const count = first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + count;
  const length = count === 0 ? first : encoded.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = start + length;
  if (end > encoded.length) throw new TypeError("a length in DER must be within its value");
  return { start, end };
}

function bytesOf(value: number): number[] {
  const bytes = [value & 0xff];
  for (let high = Math.floor(value / 256); high > 0; high = Math.floor(high / 256))
    bytes.unshift(high & 0xff);
  return bytes;
}
