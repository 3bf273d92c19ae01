import type { OwnedBytes } from "./owned-bytes.ts";

const alphabet = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Encodes bytes as standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decodes standard base64 with padding; returns `undefined` for anything else. */
export function decodeBase64(text: string): OwnedBytes | undefined {
  return alphabet.test(text) ? bytesOf(text) : undefined;
}

/** Decodes base64 or base64url, whose padding may be missing; returns `undefined` for anything else. */
export function decodeAnyBase64(text: string): OwnedBytes | undefined {
  const [, digits = "?", padding = ""] = /^([\w+/-]*)(={0,2})$/.exec(text) ?? [];
  const missing = -digits.length & 3;
  // A single digit is less than a byte; no match counts as one.
  if (missing === 3 || padding.length > missing) return undefined;
  return bytesOf(digits.replace(/-/g, "+").replace(/_/g, "/"));
}

/** @param base64 - valid; its padding may be missing */
function bytesOf(base64: string): OwnedBytes {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
