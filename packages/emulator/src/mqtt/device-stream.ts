import { Duplex } from "node:stream";
import type { Wire } from "../listeners/wire.ts";
import { PacketScanner, packetType, splitPackets } from "./packet-scanner.ts";

/** The effect of faults on one outgoing packet: send it, drop it, or delay it. */
export type Verdict = "pass" | "drop" | { readonly delayMs: number };

/** The owner of a stream, which applies faults to it. */
export interface DeviceStreamOwner {
  /** Called for every packet to the device, with the packet's type. */
  judge(type: number): Verdict;
  /** Returns how many more bytes may be received before the connection is cut, or `undefined` if there is no limit. */
  receiveLimit(bytes: number): number | undefined;
  /** Called when the limit is reached. */
  onLimit(): void;
  /** Calls `run` after a delay on the hub's clock. */
  later(run: () => void, ms: number): void;
}

const maxBufferedBytes = 1024 * 1024;
const nothing = new Uint8Array();

/**
 * The stream that aedes reads and writes. Everything written in one event-loop tick is sent as one write or one WebSocket
 * frame. Faults apply to packets in both directions.
 */
export class DeviceStream extends Duplex {
  readonly #wire: Wire;
  readonly #owner: DeviceStreamOwner;
  readonly #scanner = new PacketScanner((type) => {
    if (type === packetType.disconnect) this.hasDisconnect = true;
  });
  #pending: Uint8Array[] = [];
  // Bytes that aedes has written and the system hasn't accepted yet.
  #outstanding = 0;
  #scheduled = false;
  #waiting: (() => void) | undefined;
  #dead = false;
  #limitReached = false;
  /** Whether the client has sent DISCONNECT. */
  hasDisconnect = false;
  /** Whether the client has closed the connection. */
  lost = false;

  constructor(wire: Wire, owner: DeviceStreamOwner) {
    super({ writableHighWaterMark: maxBufferedBytes, allowHalfOpen: false });
    this.#wire = wire;
    this.#owner = owner;
  }

  /** Starts reading. */
  start(): void {
    this.#wire.start({
      onData: (bytes) => this.#receive(bytes),
      onEnd: () => {
        this.lost = true;
        this.destroy();
      },
    });
  }

  /** Stops reading and writing; the socket stays open. */
  blackHole(): void {
    this.#dead = true;
    this.#wire.pause();
  }

  /** Ends the connection, discarding what is buffered. */
  cut(how: "fin" | "rst"): void {
    this.#pending = [];
    this.#dead = true;
    if (how === "rst") this.#wire.reset();
    else this.#wire.end();
    this.destroy();
  }

  override _read(): void {
    if (!this.#dead) this.#wire.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#pending.push(chunk);
    this.#outstanding += chunk.length;
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
    if (this.#outstanding > maxBufferedBytes) this.#waiting = done;
    else done();
  }

  // mqtt-packet corks the stream until the next tick; what it has written must still be sent.
  override destroy(error?: Error): this {
    while (this.writableCorked > 0 && !this.destroyed) this.uncork();
    return super.destroy(error);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#dead) {
      this.#flush();
      this.#wire.end();
    }
    this.#pending = [];
    done(error);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#dead || this.#limitReached || this.destroyed) return;
    const allowed = this.#owner.receiveLimit(bytes.length);
    const received = allowed === undefined || allowed >= bytes.length ? bytes : bytes.subarray(0, allowed);
    this.#scanner.feed(received);
    if (received.length > 0 && !this.push(received)) this.#wire.pause();
    // Complete packets are still processed in this tick, but no longer answered.
    this.#limitReached = allowed !== undefined && allowed <= bytes.length;
    if (this.#limitReached) setImmediate(() => this.#owner.onLimit());
  }

  #flush(): void {
    this.#scheduled = false;
    const pending = this.#pending;
    this.#pending = [];
    const bytes = pending.length === 1 ? (pending[0] ?? nothing) : Buffer.concat(pending);
    const passed = this.#dead ? nothing : this.#filter(bytes);
    if (passed.length > 0) this.#wire.write(passed, () => this.#written(bytes.length));
    else this.#written(bytes.length);
  }

  #written(bytes: number): void {
    this.#outstanding -= bytes;
    if (this.#outstanding > maxBufferedBytes) return;
    const done = this.#waiting;
    this.#waiting = undefined;
    done?.();
  }

  // Packets are complete: aedes writes a packet in one tick, and a tick is flushed at once.
  #filter(bytes: Uint8Array): Uint8Array {
    const passed: Uint8Array[] = [];
    let changed = false;
    for (const packet of splitPackets(bytes)) {
      const type = (packet[0] ?? 0) >> 4;
      if (type === packetType.suback) grantAtMostOne(packet);
      const verdict = this.#owner.judge(type);
      if (verdict === "pass") passed.push(packet);
      else changed = true;
      if (typeof verdict === "object") this.#owner.later(() => this.#sendDelayed(packet), verdict.delayMs);
    }
    return changed ? Buffer.concat(passed) : bytes;
  }

  #sendDelayed(packet: Uint8Array): void {
    if (!this.#dead && !this.destroyed) this.#wire.write(packet, () => {});
  }
}

// The hub grants up to QoS 1. aedes records the granted QoS before it calls authorizeSubscribe, so its SUBACK always
// contains the requested one. The return codes are the last bytes of the packet.
function grantAtMostOne(suback: Uint8Array): void {
  for (let at = 4; at < suback.length; at++) if (suback[at] === 2) suback[at] = 1;
}
