import type { CertificateName } from "./certificates.ts";

/** The reaction of a server to a new connection, instead of serving it. */
export interface Reaction {
  /**
   * The moment of the reaction: as soon as there is a connection, to the first bytes of its TLS handshake, to the WebSocket
   * upgrade, or to CONNECT.
   */
  readonly to?: "connection" | "handshake" | "upgrade" | "connect";
  /** The bytes to send: before TLS as they are, later through it, and instead of CONNACK in a WebSocket frame if there is one. */
  readonly send?: Uint8Array;
  /** The end of the connection, after what is sent. Default: it stays open, and silent. */
  readonly end?: "fin" | "rst";
  /** The certificate of the server. Default: the valid one. */
  readonly certificate?: CertificateName;
  /** The number of bytes to the client after which the connection closes. */
  readonly closeAfterBytes?: number;
}

/** Encodes ASCII. */
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Encodes a binary WebSocket frame with up to 65,535 bytes, as a server sends it. */
export function frame(payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 0xff];
  return Uint8Array.of(...head, ...payload);
}
