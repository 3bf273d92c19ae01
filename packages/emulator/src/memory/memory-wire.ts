import type { Connection, ConnectionHandlers } from "@isohub/core/runtime";
import type { Wire, WireHandlers } from "../listeners/wire.ts";

/** The most bytes that a paused hub lets a client send. */
const highWaterMark = 1_048_576;

/** A connection within a program: the client's end and the hub's. Bytes arrive in a later microtask, as from a network. */
export class MemoryWire implements Wire {
  readonly transport = "ws";
  readonly remoteAddress: string;
  readonly #client: ConnectionHandlers;
  #hub: WireHandlers | undefined;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #isFull = false;
  #isOver = false;

  /** @param client - the callbacks of the client */
  constructor(client: ConnectionHandlers, remoteAddress: string) {
    this.#client = client;
    this.remoteAddress = remoteAddress;
  }

  /** The client's end. */
  get connection(): Connection {
    return {
      send: (bytes) => this.#fromClient(bytes),
      close: async () => this.#endByClient(),
      abort: () => this.#endByClient(),
    };
  }

  certificates(): readonly [] {
    return [];
  }

  start(handlers: WireHandlers): void {
    this.#hub = handlers;
    this.#deliver();
  }

  write(bytes: Uint8Array, done: () => void): void {
    // The receiver owns what it gets.
    const copy = bytes.slice();
    queueMicrotask(() => {
      if (!this.#isOver) this.#client.onData(copy);
      done();
    });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    queueMicrotask(() => this.#deliver());
  }

  end(): void {
    this.#endByHub(undefined);
  }

  reset(): void {
    this.#endByHub(new Error("the hub has reset the connection"));
  }

  #fromClient(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    this.#waiting.push(bytes.slice());
    this.#waitingBytes += bytes.length;
    queueMicrotask(() => this.#deliver());
    this.#isFull = this.#waitingBytes > highWaterMark;
    return !this.#isFull;
  }

  #deliver(): void {
    while (!this.#isPaused && !this.#isOver && this.#hub !== undefined) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) break;
      this.#waitingBytes -= bytes.length;
      this.#hub.onData(bytes);
    }
    if (!this.#isFull || this.#waitingBytes > highWaterMark / 2) return;
    this.#isFull = false;
    this.#client.onDrain();
  }

  #endByClient(): void {
    if (this.#isOver) return;
    // What was sent before, such as DISCONNECT, arrives first.
    this.#isPaused = false;
    this.#deliver();
    if (this.#isOver) return;
    this.#isOver = true;
    queueMicrotask(() => {
      this.#hub?.onEnd();
      this.#client.onClose();
    });
  }

  #endByHub(cause: Error | undefined): void {
    if (this.#isOver) return;
    // After the bytes that were written before.
    queueMicrotask(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#client.onClose(cause);
      this.#hub?.onEnd();
    });
  }
}
