import type { Clock, Timer } from "@isohub/core/internal";
import type { Wire } from "../listeners/wire.ts";
import { PacketOutbox } from "./packet-outbox.ts";

/** The owner of a {@link WireWriter}. */
export interface WireWriterOwner {
  /** The client reads slower than the hub writes. */
  onFull(): void;
  onDrained(): void;
  /** The client doesn't read. */
  onStuck(detail: string): void;
}

// Without progress for a while, or beyond the second limit, a client counts as one that doesn't read.
const fullBytes = 1024 * 1024;
const stuckMs = 30_000;
const stuckBytes = 32 * 1024 * 1024;

/** Writes packets to a wire, those of one event-loop tick together, and watches whether the client reads them. */
export class WireWriter {
  readonly outbox: PacketOutbox = new PacketOutbox();
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #owner: WireWriterOwner;
  #timer: Timer | undefined;
  // Bytes that were written and haven't left this process.
  #outstanding = 0;
  // The number of writes that have left it.
  #done = 0;

  constructor(wire: Wire, clock: Clock, owner: WireWriterOwner) {
    this.#wire = wire;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Whether so much waits for the client that no more answers should be produced. */
  get isFull(): boolean {
    return this.#outstanding + this.outbox.bytes > fullBytes;
  }

  /** Sends what is in the outbox. */
  flush(): void {
    if (this.outbox.isEmpty) return;
    const bytes = this.outbox.take();
    this.#outstanding += bytes.length;
    this.#wire.write(bytes, () => this.#written(bytes.length));
    if (this.#outstanding > stuckBytes) this.#owner.onStuck(`${this.#outstanding} bytes wait for the client`);
    else if (this.#outstanding > fullBytes) this.#watch();
  }

  /** Stops watching. */
  stop(): void {
    this.#timer?.cancel();
  }

  #written(bytes: number): void {
    this.#outstanding -= bytes;
    this.#done++;
    if (this.#outstanding > fullBytes || this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#owner.onDrained();
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#owner.onFull();
    const done = this.#done;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      if (this.#done === done) this.#owner.onStuck(`the client has read nothing for ${stuckMs / 1000} s`);
      else this.#watch();
    }, stuckMs);
  }
}
