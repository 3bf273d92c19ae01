import { type AddressInfo, connect, createServer } from "node:net";
import { onTestFinished } from "vitest";

/** A relay in front of a port, which keeps what clients send. */
export interface Relay {
  readonly port: number;
  /** What came from each client, in the pieces in which it came. */
  readonly received: Uint8Array[][];
}

/** Starts a relay to a port of this machine; it ends with the test. */
export async function relayTo(port: number): Promise<Relay> {
  const received: Uint8Array[][] = [];
  const server = createServer((client) => {
    const pieces: Uint8Array[] = [];
    received.push(pieces);
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, received };
}

/** The cipher suites that a client offers, by their numbers, from its first bytes. */
export function offeredCiphers(firstBytes: Uint8Array): number[] {
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
  // Record header (5), handshake header (4), version (2), random (32), then the session id.
  const afterSession = 43 + 1 + view.getUint8(43);
  const count = view.getUint16(afterSession) / 2;
  return Array.from({ length: count }, (_, at) => view.getUint16(afterSession + 2 + at * 2));
}

/** Whether a client offers to resume an earlier session of TLS 1.3, from its first bytes: by its last extension. */
export function offersSession(firstBytes: Uint8Array): boolean {
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
  const afterSession = 43 + 1 + view.getUint8(43);
  const afterCiphers = afterSession + 2 + view.getUint16(afterSession);
  // Compression methods, then the length of all extensions.
  let at = afterCiphers + 1 + view.getUint8(afterCiphers) + 2;
  let last = 0;
  for (; at + 4 <= view.byteLength; at += 4 + view.getUint16(at + 2)) last = view.getUint16(at);
  const preSharedKey = 41;
  return last === preSharedKey;
}

/** How many records of application data there are in a TLS stream. */
export function applicationRecords(pieces: readonly Uint8Array[]): number {
  const all = Buffer.concat(pieces);
  let records = 0;
  for (let at = 0; at + 5 <= all.length; at += 5 + all.readUInt16BE(at + 3)) if (all[at] === 23) records += 1;
  return records;
}
