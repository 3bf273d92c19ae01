import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { ProxyCertificates } from "./certificates.ts";
import { type Condition, Flow } from "./flow.ts";
import { frame, type Reaction } from "./reaction.ts";

/** The parts of a proxy that its connections need. */
export interface ConnectionContext {
  readonly certificates: ProxyCertificates;
  /** The port of the hub without TLS. */
  readonly hubPort: number;
  readonly websockets: boolean;
  /** The condition of the line now. */
  condition(direction: "up" | "down"): Condition;
  /** Called before the bytes of the client are passed on. */
  onClientBytes(): void;
}

/**
 * A connection of a client: its TLS ends here, so that faults can act below and above it, and the hub's port without TLS serves
 * the rest.
 */
export class ProxiedConnection {
  readonly #context: ConnectionContext;
  readonly #reaction: Reaction;
  readonly #front: Socket;
  readonly #inside: Duplex;
  readonly #up: Flow;
  readonly #down: Flow;
  #tls: TLSSocket | undefined;
  #hub: Socket | undefined;
  #sent = 0;
  /** The number of parts that the client has sent through TLS. */
  #parts = 0;
  #hasReacted = false;
  #isLost = false;

  constructor(front: Socket, reaction: Reaction, context: ConnectionContext) {
    this.#context = context;
    this.#reaction = reaction;
    this.#front = front;
    this.#down = new Flow(
      () => context.condition("down"),
      (bytes) => this.#toClient(bytes),
    );
    this.#inside = new Duplex({
      read() {},
      write: (bytes: Uint8Array, _encoding, done) => {
        this.#down.push(bytes);
        done();
      },
      final: (done) => {
        this.#down.push(undefined);
        done();
      },
    }).on("error", () => {});
    this.#up = new Flow(
      () => context.condition("up"),
      (bytes) => this.#inside.push(bytes ?? null),
    );
    front.setNoDelay(true);
    front.on("error", () => {});
    front.on("data", (bytes) => this.#onRawBytes(bytes));
    front.on("end", () => this.#onFrontEnd());
    front.on("close", () => this.#onFrontClosed());
    if (reaction.to === "connection") this.#react();
    else if (reaction.to !== "handshake") this.#startTls();
  }

  /** Whether the client has closed its end. */
  get isClosed(): boolean {
    return this.#front.destroyed || this.#front.readableEnded;
  }

  /** Ends the connection: with a reset, or in order. */
  cut(how: "rst" | "fin"): void {
    this.#up.stop();
    this.#down.stop();
    if (how === "fin") this.#front.end();
    // Node never frees a socket that is reset while it is being shut down.
    else if (this.#front.writableEnded) this.#front.destroy();
    else this.#front.resetAndDestroy();
    this.#hub?.destroy();
  }

  /** Discards everything in a direction from now on, including the end of the connection. */
  lose(direction: "up" | "down"): void {
    this.#isLost = true;
    (direction === "up" ? this.#up : this.#down).stop();
  }

  /** Sends bytes to the client as if the hub had: over WebSockets in a frame. */
  inject(bytes: Uint8Array): void {
    this.#tls?.write(this.#context.websockets ? frame(bytes) : bytes);
  }

  /** Frees everything; a client that is still connected gets a reset. */
  destroy(): void {
    this.cut("rst");
    this.#hub?.destroy();
    this.#tls?.destroy();
    this.#inside.destroy();
  }

  #startTls(): void {
    const { certificates } = this.#context;
    const secureContext = certificates.contexts[this.#reaction.certificate ?? "valid"];
    const tls = new TLSSocket(this.#inside, { isServer: true, secureContext });
    this.#tls = tls;
    tls.on("error", () => this.#front.destroy());
    tls.on("data", (bytes) => this.#onPlainBytes(bytes));
    tls.on("end", () => this.#hub?.end());
  }

  #onRawBytes(bytes: Uint8Array): void {
    this.#context.onClientBytes();
    if (this.#reaction.to === "handshake") this.#react();
    else this.#up.push(bytes);
  }

  /** Over WebSockets, the first part is the upgrade, and the second CONNECT. */
  #onPlainBytes(bytes: Uint8Array): void {
    const { websockets } = this.#context;
    const part = this.#parts++;
    const isUpgrade = websockets && part === 0;
    const isConnect = part === (websockets ? 1 : 0);
    const { to } = this.#reaction;
    if ((isUpgrade && to === "upgrade") || (isConnect && to === "connect")) this.#react();
    if (this.#hasReacted) return;
    this.#toHub(bytes);
  }

  #toHub(bytes: Uint8Array): void {
    if (this.#hub === undefined) {
      const hub = connect(this.#context.hubPort, "127.0.0.1");
      this.#hub = hub.setNoDelay(true);
      hub.on("error", () => {});
      hub.on("data", (answer) => this.#tls?.write(answer));
      hub.on("close", () => this.#tls?.end());
    }
    this.#hub.write(bytes);
  }

  #react(): void {
    if (this.#hasReacted) return;
    this.#hasReacted = true;
    const { to, send, end } = this.#reaction;
    const finish = (): void => {
      if (end !== undefined) this.cut(end);
    };
    if (send === undefined) finish();
    else if (to === "upgrade") this.#tls?.write(send, () => setImmediate(finish));
    else if (to === "connect")
      this.#tls?.write(this.#context.websockets ? frame(send) : send, () => setImmediate(finish));
    else this.#front.write(send, finish);
  }

  #toClient(bytes: Uint8Array | undefined): void {
    if (this.#front.destroyed) return;
    if (bytes === undefined) {
      this.#front.end();
      return;
    }
    const { closeAfterBytes = Number.POSITIVE_INFINITY } = this.#reaction;
    const left = closeAfterBytes - this.#sent;
    this.#sent += bytes.length;
    this.#front.write(bytes.subarray(0, left));
    if (bytes.length >= left) this.cut("fin");
  }

  #onFrontEnd(): void {
    if (this.#tls === undefined) this.#front.end();
    else this.#up.push(undefined);
  }

  #onFrontClosed(): void {
    // In a black hole, the hub doesn't notice.
    if (!this.#isLost) this.#hub?.destroy();
    this.#up.stop();
    this.#down.stop();
    this.#tls?.destroy();
    this.#inside.destroy();
  }
}
