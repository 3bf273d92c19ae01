import { messageOf } from "../../hub/hub-error.ts";
import type { Wire } from "../../listeners/wire.ts";
import { FrameScanner } from "./frame-scanner.ts";
import type { RheaSocket } from "./rhea.ts";

/** Callbacks of a {@link WireSocket}. */
export interface WireSocketHandlers {
  /** Called once, when the connection has ended. `problem` is set if the peer broke the protocol. */
  onEnd(problem: string | undefined): void;
  /** Counts received bytes. Returns how many more a fault allows; `undefined` if there is no limit. */
  receiveLimit(bytes: number): number | undefined;
  /** Called when the last byte of that limit has been received. */
  onLimit(): void;
  /** Called when everything that was written has left the process. */
  onDrain(): void;
}

/** A wire as the stream that rhea expects. It bounds frames, and sends the frames of a tick in one write. */
export class WireSocket implements RheaSocket {
  readonly #wire: Wire;
  readonly #scanner: FrameScanner;
  readonly #handlers: WireSocketHandlers;
  #onData: ((bytes: Buffer) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #pending: Uint8Array[] = [];
  // Received behind a second protocol header, while the SASL exchange goes on: rhea would take it for a SASL frame.
  #held: Uint8Array[] | undefined;
  #headers = 0;
  #saslEnded = false;
  #unsent = 0;
  #ended = false;
  // Whether a fault has stopped reading and writing.
  #isDead = false;

  constructor(wire: Wire, maxFrameSize: number, handlers: WireSocketHandlers) {
    this.#wire = wire;
    this.#scanner = new FrameScanner(maxFrameSize);
    this.#handlers = handlers;
  }

  /** The number of bytes that were written and have not left the process. */
  get unsent(): number {
    return this.#unsent;
  }

  start(): void {
    this.#wire.start({ onData: (bytes) => this.#receive(bytes), onEnd: () => this.#finish(undefined) });
  }

  /** Passes on what follows the SASL exchange. */
  endSasl(): void {
    this.#saslEnded = true;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.#deliver(bytes);
  }

  on(event: "data" | "end" | "error", listener: (bytes?: Buffer) => void): this {
    if (event === "data") this.#onData = listener;
    else if (event === "end") this.#onEnd = listener;
    return this;
  }

  /** Stops reading and writing; the socket stays open. */
  blackHole(): void {
    this.#isDead = true;
    this.#pending = [];
    this.#wire.pause();
  }

  write(bytes: Uint8Array): void {
    if (this.#ended || this.#isDead) return;
    if (this.#pending.length === 0) queueMicrotask(() => this.#flush());
    this.#pending.push(bytes);
    this.#unsent += bytes.length;
  }

  /** Closes the connection after what was written. */
  end(): void {
    this.#flush();
    if (!this.#ended) this.#wire.end();
  }

  destroy(): void {
    this.end();
  }

  /** Closes the connection at once; what was written may be lost. */
  reset(): void {
    this.#pending = [];
    this.#wire.reset();
    this.#finish(undefined);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended || this.#isDead) return;
    const allowed = this.#handlers.receiveLimit(bytes.length);
    this.#process(allowed === undefined ? bytes : bytes.subarray(0, allowed));
    if (allowed !== undefined && allowed <= bytes.length) this.#handlers.onLimit();
  }

  #process(bytes: Uint8Array): void {
    try {
      for (const { bytes: part, isHeader } of this.#scanner.scan(bytes)) {
        if (isHeader && ++this.#headers === 2 && !this.#saslEnded) this.#held = [];
        if (this.#held !== undefined) this.#held.push(part);
        else this.#deliver(part);
      }
    } catch (error) {
      this.end();
      this.#finish(messageOf(error));
    }
  }

  #deliver(bytes: Uint8Array): void {
    // A copy: rhea's messages are views of what it reads, and would keep the whole read buffer.
    this.#onData?.(Buffer.from(bytes));
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (this.#ended || pending.length === 0) return;
    const bytes = Buffer.concat(pending);
    this.#wire.write(bytes, () => {
      this.#unsent -= bytes.length;
      if (this.#unsent === 0 && !this.#ended) this.#handlers.onDrain();
    });
  }

  #finish(problem: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd?.();
    this.#handlers.onEnd(problem);
  }
}
