import { connect, createServer } from "node:net";
import { onTestFinished } from "vitest";
import { listenLocally } from "../local-server.ts";

/** A relay in front of a port, which records what clients send. */
export interface Relay {
  readonly port: number;
  /** The bytes from each client, in the pieces in which they arrived. */
  readonly received: Uint8Array[][];
  /** The number of next connections that stay silent, as a blocked port. */
  silent: number;
}

/** Starts a relay to a local port. It is closed at the end of the test. */
export async function relayTo(port: number): Promise<Relay> {
  const received: Uint8Array[][] = [];
  const relay = { port: 0, received, silent: 0 };
  const server = createServer((client) => {
    const pieces: Uint8Array[] = [];
    received.push(pieces);
    if (relay.silent-- > 0) {
      client.on("error", () => {}).resume();
      return;
    }
    const target = connect(port, "127.0.0.1");
    client.on("data", (piece) => {
      pieces.push(piece);
      target.write(piece);
    });
    target.on("data", (piece) => client.write(piece));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => {});
      one.setNoDelay(true);
    }
  });
  relay.port = await listenLocally(server);
  onTestFinished(() => {
    server.close();
  });
  return relay;
}

/** Returns the numbers of the cipher suites that a client offers in its first bytes. */
export function offeredCiphers(firstBytes: Uint8Array): number[] {
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
  // Record header (5), handshake header (4), version (2) and random (32) precede the session id.
  const afterSession = 43 + 1 + view.getUint8(43);
  const count = view.getUint16(afterSession) / 2;
  return Array.from({ length: count }, (_, at) => view.getUint16(afterSession + 2 + at * 2));
}

/** Returns whether a client offers in its first bytes to resume a TLS 1.3 session. That is the last extension. */
export function offersSession(firstBytes: Uint8Array): boolean {
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
  const afterSession = 43 + 1 + view.getUint8(43);
  const afterCiphers = afterSession + 2 + view.getUint16(afterSession);
  // The compression methods precede the length of all extensions.
  let at = afterCiphers + 1 + view.getUint8(afterCiphers) + 2;
  let last = 0;
  for (; at + 4 <= view.byteLength; at += 4 + view.getUint16(at + 2)) last = view.getUint16(at);
  const preSharedKey = 41;
  return last === preSharedKey;
}

/** Counts the application data records in a TLS stream. */
export function applicationRecords(pieces: readonly Uint8Array[]): number {
  const all = Buffer.concat(pieces);
  let records = 0;
  for (let at = 0; at + 5 <= all.length; at += 5 + all.readUInt16BE(at + 3)) if (all[at] === 23) records += 1;
  return records;
}
