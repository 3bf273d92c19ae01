import { type CryptoProvider, webCrypto } from "../auth/crypto.ts";
import { ConnectionFailedError } from "../errors.ts";
import type { Connection, ConnectionHandlers, Endpoint, Feature, Runtime } from "../runtime.ts";
import { MemoryHub } from "./memory-hub.ts";
import { MemoryPeer } from "./memory-peer.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A runtime without a network: each connection ends at a {@link MemoryHub}, and time is a {@link VirtualClock}. */
export class MemoryRuntime implements Runtime {
  readonly name = "memory";
  readonly version = "0.0.0";
  readonly features: ReadonlySet<Feature>;
  readonly clock: VirtualClock = new VirtualClock();
  readonly crypto: CryptoProvider = webCrypto;
  readonly hub: MemoryHub = new MemoryHub();
  /** Where each dial went, in their order. */
  readonly dialled: Endpoint[] = [];
  /** The hub's end of each connection that was made, in their order. */
  readonly peers: MemoryPeer[] = [];
  /** Called with each dial; while its promise is pending so is the dial, and its rejection is the dial's. */
  onDial: ((endpoint: Endpoint, signal: AbortSignal) => void | Promise<void>) | undefined;

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

  async connect(endpoint: Endpoint, handlers: ConnectionHandlers, signal: AbortSignal): Promise<Connection> {
    this.dialled.push(endpoint);
    signal.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    await Promise.race([this.onDial?.(endpoint, signal), aborted]);
    signal.throwIfAborted();
    const peer = new MemoryPeer(handlers, this.hub);
    this.peers.push(peer);
    return peer.connection;
  }

  /** There is no HTTP. */
  fetch(): Promise<never> {
    return Promise.reject(new ConnectionFailedError("connect_failed", "There is no HTTP in memory"));
  }
}

/** Makes a runtime without a network. */
export function memoryRuntime(features?: readonly Feature[]): MemoryRuntime {
  return new MemoryRuntime(features);
}
