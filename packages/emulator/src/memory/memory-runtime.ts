import { ConnectionFailedError } from "@isohub/core";
import { type Clock, type CryptoProvider, printUnhandled, type Runtime, version } from "@isohub/core/runtime";
import { MemoryWire } from "./memory-wire.ts";

/** The hub that a runtime in memory leads to. */
export interface WireAcceptor {
  readonly name: string;
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
      if (!hub.isListening || endpoint.host !== hub.name) {
        throw new ConnectionFailedError(
          "connect_failed",
          `${endpoint.host}:${endpoint.port} doesn't accept connections; the hub in this program is ${hub.name}`,
          { remediation: "Use a connection string of this hub, and bring it back with faults.listenAgain()" },
        );
      }
      const wire = new MemoryWire(handlers, `memory:${++connections}`);
      hub.accept(wire);
      return wire.connection;
    },
    reportUnhandled: printUnhandled,
    async fetch() {
      throw new ConnectionFailedError("connect_failed", "The hub in this program has no HTTP", {
        retryable: false,
        remediation: "Use startEmulator() for file uploads and calls between modules",
      });
    },
  };
}
