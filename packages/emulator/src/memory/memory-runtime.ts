import { ConnectionFailedError } from "@isohub/core";
import { type Clock, type CryptoProvider, type Runtime, version } from "@isohub/core/runtime";
import { MemoryWire } from "./memory-wire.ts";

/** The hub that a runtime in memory leads to. */
export interface WireAcceptor {
  /** Whether it accepts connections. */
  readonly isListening: boolean;
  accept(wire: MemoryWire): void;
}

/** Creates a runtime whose connections all lead to one hub in this program. */
export function memoryRuntime(hub: WireAcceptor, clock: Clock, crypto: CryptoProvider): Runtime {
  let connections = 0;
  return {
    name: "memory",
    version,
    features: new Set(["tcp"]),
    clock,
    crypto,
    async connect(endpoint, handlers, signal) {
      signal.throwIfAborted();
      handlers.onStep?.("connection to the hub in this program");
      if (!hub.isListening) {
        throw new ConnectionFailedError(
          "connect_failed",
          `The hub in this program (${endpoint.host}) doesn't accept connections`,
        );
      }
      const wire = new MemoryWire(handlers, `memory:${++connections}`);
      hub.accept(wire);
      return wire.connection;
    },
    async fetch() {
      throw new ConnectionFailedError("connect_failed", "The hub in this program has no HTTP", {
        retryable: false,
        remediation: "Use startEmulator() for file uploads and calls between modules",
      });
    },
  };
}
