import type { Certificate } from "../certificates/certificate.ts";
import type { Transport } from "../hub/sessions/session.ts";
import type { Wire, WireHandlers } from "../listeners/wire.ts";

/** A wire without a socket: the bytes that the hub has sent, and how it has closed the connection. */
export class MemoryWire implements Wire {
  readonly transport: Transport = "tcp";
  readonly remoteAddress = "memory";
  readonly blocks: Uint8Array[] = [];
  closed: "end" | "reset" | undefined;
  paused = false;
  /** Whether the client reads. Otherwise nothing that is written leaves this process. */
  reads = true;
  #handlers: WireHandlers | undefined;

  certificates(): readonly Certificate[] {
    return [];
  }

  start(handlers: WireHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.blocks.push(bytes);
    if (this.reads) done();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.closed ??= "end";
  }

  reset(): void {
    this.closed ??= "reset";
  }

  /** Sends bytes to the hub. */
  receive(...blocks: readonly Uint8Array[]): void {
    for (const block of blocks) this.#handlers?.onData(block);
  }

  /** Closes the connection, as a client does. */
  lose(): void {
    this.#handlers?.onEnd();
  }
}
