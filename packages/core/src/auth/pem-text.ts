import { bytesIn } from "../util/json.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";
import type { PemFlaw } from "./pem-blocks.ts";

const pkcs12: PemFlaw = {
  got: "PKCS#12 data (a .pfx or .p12 file)",
  remediation: "Convert it: openssl pkcs12 -in device.pfx -out device.pem -nodes",
};
const derKey: PemFlaw = {
  got: "a DER private key",
  remediation: "Convert it: openssl pkey -inform der -in key.der -out key.pem",
};
const der: PemFlaw = {
  got: "DER data",
  remediation: "Convert a certificate: openssl x509 -inform der -in certificate.der -out certificate.pem",
};
/** Binary data that was read as text, so that its kind can't be recognized any more. */
const binary: PemFlaw = {
  got: "binary data",
  remediation: `${pkcs12.remediation}; or a DER certificate: openssl x509 -inform der -in certificate.der -out certificate.pem; or a DER key: openssl pkey -inform der -in key.der -out key.pem`,
};

/** Decodes the content of a PEM file. A byte order mark is left out. */
export function asPemText(value: unknown): string | PemFlaw {
  if (typeof value === "string") return flawOfText(value) ?? value.replace(/^\ufeff/, "");
  const bytes = bytesIn(value);
  if (bytes === undefined)
    return { got: kindOf(value), remediation: "Pass the content of a PEM file, as a string or bytes" };
  const flaw = flawOfBytes(bytes);
  if (flaw !== undefined) return flaw;
  const text = decodeFile(bytes);
  return flawOfText(text) ?? text;
}

/** Decodes the content of a file: UTF-8, or the UTF-16 of Windows PowerShell. */
export function decodeFile(bytes: Uint8Array): string {
  const [first] = bytes;
  const encoding = first === 0xff ? "utf-16le" : first === 0xfe ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes as OwnedBytes);
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return "a Promise; await it first";
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : typeof value === "object" ? "an object" : typeof value;
}

/** Recognizes ASN.1 by its first bytes. @source RFC 7292, 5958 and 5280 */
function flawOfBytes(bytes: Uint8Array): PemFlaw | undefined {
  const [tag, length = 0] = bytes;
  if (tag !== 0x30) return undefined;
  const content = length > 0x80 ? length - 0x80 + 2 : 2;
  const [type, size, version] = bytes.subarray(content);
  const isInteger = type === 0x02 && size === 1;
  if (isInteger) return version === 3 ? pkcs12 : derKey;
  // Text may start with "0", too.
  return length >= 0x80 ? der : undefined;
}

/** Recognizes binary data, PEM without its BEGIN and END lines, and PEM that was encoded once more. */
function flawOfText(text: string): PemFlaw | undefined {
  // A DER key can be short enough for a length of one byte; its version is an integer of one byte, too.
  if (/^0[\u0080-\u0084\ufffd]/.test(text) || text.startsWith("\u0002\u0001", 2)) return binary;
  const start = text.trimStart().slice(0, 16);
  if (start.startsWith("LS0tLS1CRUdJTi")) {
    return { got: "the base64 of PEM text", remediation: "Decode it first: atob(text)" };
  }
  return /^MI[A-Z]\w/.test(start)
    ? { got: "base64 without its BEGIN and END lines", remediation: "Copy the whole file" }
    : undefined;
}
