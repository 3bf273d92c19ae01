import { Duplex } from "node:stream";
import type { Wire } from "../listeners/wire.ts";
import { PacketScanner, packetType, splitPackets } from "./packet-scanner.ts";

/** What a fault does to one outgoing packet: `drop` it, hold it back for some milliseconds, or let it go. */
export type Verdict = "pass" | "drop" | { readonly delayMs: number };

/** What the owner of a stream decides and hears. */
export interface DeviceStreamOwner {
  /** Asked for every packet to the device, by its type. */
  judge(type: number): Verdict;
  /** How many more bytes may be received before the connection is cut; `undefined` without a limit. */
  receiveLimit(bytes: number): number | undefined;
  /** The limit is reached. */
  onLimit(): void;
  /** Sends after a delay, by the clock of the hub. */
  later(run: () => void, ms: number): void;
}

const maxBufferedBytes = 1024 * 1024;
const nothing = new Uint8Array();

/**
 * The stream the broker reads and writes. What the broker writes in one turn of the event loop leaves as one write or
 * one WebSocket frame; packets of both directions pass by the faults.
 */
export class DeviceStream extends Duplex {
  readonly #wire: Wire;
  readonly #owner: DeviceStreamOwner;
  readonly #scanner = new PacketScanner((type) => {
    if (type === packetType.disconnect) this.saidGoodbye = true;
  });
  #pending: Uint8Array[] = [];
  // Bytes taken from the broker and not yet taken by the system.
  #outstanding = 0;
  #scheduled = false;
  #waiting: (() => void) | undefined;
  #dead = false;
  #limitReached = false;
  /** The client has sent DISCONNECT. */
  saidGoodbye = false;
  /** The other side has ended the connection. */
  lost = false;

  constructor(wire: Wire, owner: DeviceStreamOwner) {
    super({ writableHighWaterMark: maxBufferedBytes, allowHalfOpen: false });
    this.#wire = wire;
    this.#owner = owner;
  }

  /** Begins to read. */
  start(): void {
    this.#wire.start({
      onData: (bytes) => this.#receive(bytes),
      onEnd: () => {
        this.lost = true;
        this.destroy();
      },
    });
  }

  /** From now on nothing is read and nothing is written, and the socket stays open. */
  blackHole(): void {
    this.#dead = true;
    this.#wire.pause();
  }

  /** Ends the connection without sending what is still buffered. */
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

  // mqtt-packet corks the stream until the next tick; what it wrote before still has to go out.
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
    const taken = allowed === undefined || allowed >= bytes.length ? bytes : bytes.subarray(0, allowed);
    this.#scanner.feed(taken);
    if (taken.length > 0 && !this.push(taken)) this.#wire.pause();
    // What was received whole is still handled, in this turn; nothing is answered any more.
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

  // Whole packets only: the broker writes a packet in one turn, and a turn is flushed as a whole.
  #filter(bytes: Uint8Array): Uint8Array {
    const passed: Uint8Array[] = [];
    let changed = false;
    for (const packet of splitPackets(bytes)) {
      const type = (packet[0] ?? 0) >> 4;
      if (type === packetType.suback) grantAtMostOne(packet);
      const verdict = this.#owner.judge(type);
      if (verdict === "pass") passed.push(packet);
      else changed = true;
      if (typeof verdict === "object") this.#owner.later(() => this.#sendLate(packet), verdict.delayMs);
    }
    return changed ? Buffer.concat(passed) : bytes;
  }

  #sendLate(packet: Uint8Array): void {
    if (!this.#dead && !this.destroyed) this.#wire.write(packet, () => {});
  }
}

// The hub grants QoS 1 at most. aedes takes down the granted QoS before it asks authorizeSubscribe, so what it writes
// into the SUBACK is always what was requested; the return codes are the last bytes of the packet.
function grantAtMostOne(suback: Uint8Array): void {
  for (let at = 4; at < suback.length; at++) if (suback[at] === 2) suback[at] = 1;
}
