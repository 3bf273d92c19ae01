import { type CryptoProvider, webCrypto } from "../auth/crypto.ts";
import { ConnectionFailedError } from "../errors.ts";
import { withAutoTransport } from "../runtime/auto-transport.ts";
import type {
  Connection,
  ConnectionHandlers,
  Endpoint,
  Feature,
  HttpRequest,
  HttpResponse,
  Runtime,
  TransitOptions,
} from "../runtime/runtime.ts";
import { readTransitOptions } from "../setup/transit-options.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";
import { MemoryHub } from "./memory-hub.ts";
import { MemoryPeer } from "./memory-peer.ts";
import { turn } from "./until.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** WebCrypto, with the number of pending operations, whose time the virtual clock doesn't control. */
class CountedCrypto implements CryptoProvider {
  underWay = 0;

  async hmacSha256(key: OwnedBytes, data: OwnedBytes): Promise<OwnedBytes> {
    this.underWay++;
    try {
      return await webCrypto.hmacSha256(key, data);
    } finally {
      this.underWay--;
    }
  }
}

/** A runtime without a network: each connection ends at a {@link MemoryHub}, and time is a {@link VirtualClock}. */
export class MemoryRuntime implements Runtime {
  readonly name = "memory";
  readonly version = "0.0.0";
  readonly features: ReadonlySet<Feature>;
  readonly clock: VirtualClock = new VirtualClock();
  readonly connect: Runtime["connect"] = withAutoTransport((...args) => this.#open(...args));
  readonly crypto: CountedCrypto = new CountedCrypto();
  readonly hub: MemoryHub = new MemoryHub();
  /** Hubs by host name; {@link hub} serves all other host names. */
  readonly hubs: Map<string, MemoryHub> = new Map();
  /** Endpoints of the connection attempts, in order. */
  readonly dialled: Endpoint[] = [];
  /** The hub's end of each connection, in order. */
  readonly peers: MemoryPeer[] = [];
  /** The errors that no application listened to, in order. */
  readonly unhandled: Error[] = [];
  /** The number of pending connection attempts. */
  dialling = 0;
  /** Called with each connection attempt, which waits for its promise and fails with its rejection. */
  onDial: ((endpoint: Endpoint, signal: AbortSignal) => void | Promise<void>) | undefined;
  /** Called when a client needs the code of its receivers, which waits for the promise. Without it, the code is there. */
  onLoad: (() => Promise<void>) | undefined;

  /** Answers HTTP requests; without it, they fail. */
  onFetch: ((request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>) | undefined;
  /** Absent, as on most runtimes, unless a test sets it. */
  lockIdentity?: NonNullable<Runtime["lockIdentity"]>;

  constructor(features: readonly Feature[] = ["tcp", "customTrust", "cipher"]) {
    this.features = new Set(features);
  }

  /** The connections that are open. */
  get open(): readonly MemoryPeer[] {
    return this.peers.filter((peer) => !peer.closed);
  }

  /** The hub's end of the latest connection. */
  get peer(): MemoryPeer {
    const latest = this.peers.at(-1);
    if (latest === undefined) throw new Error("no connection has been made yet");
    return latest;
  }

  readTransit(options: Readonly<Record<string, unknown>>): TransitOptions {
    return readTransitOptions(options, this.clock);
  }

  reportUnhandled(error: Error): void {
    this.unhandled.push(error);
  }

  /** Settles everything that doesn't need time to pass. */
  async rest(): Promise<void> {
    // Streams and promises settle within a turn or two of the event loop; cryptography takes an unknown time.
    for (let calm = 0; calm < 4; calm++) {
      await turn();
      if (this.crypto.underWay > 0) calm = 0;
    }
  }

  /** Advances the time in steps, settling everything after each. */
  async pass(ms: number, stepMs: number = 1000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      await this.clock.advance(Math.min(stepMs, left));
      await this.rest();
    }
  }

  async #open(endpoint: Endpoint, handlers: ConnectionHandlers, signal: AbortSignal): Promise<Connection> {
    this.dialled.push(endpoint);
    signal.throwIfAborted();
    this.dialling++;
    handlers.onStep?.("memory connection");
    try {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
      await Promise.race([this.onDial?.(endpoint, signal), aborted]);
      signal.throwIfAborted();
    } finally {
      this.dialling--;
    }
    const peer = new MemoryPeer(handlers, this.hubs.get(endpoint.host) ?? this.hub);
    this.peers.push(peer);
    return peer.connection;
  }

  async fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    if (this.onFetch !== undefined) return this.onFetch(request, signal);
    throw new ConnectionFailedError(
      "connect_failed",
      "The memory runtime has no HTTP; set its fetch handler",
    );
  }
}

/** Creates a runtime without a network. */
export function memoryRuntime(features?: readonly Feature[]): MemoryRuntime {
  return new MemoryRuntime(features);
}
