import { resourceOf } from "../auth/identity.ts";
import type { EnvironmentChange, Runtime } from "../runtime/runtime.ts";
import type { HubTarget } from "./hub-locator.ts";

/** What a client holds of its runtime from its first attempt until it is disconnected: the identity lock, and the environment watch. */
export class Presence {
  readonly #runtime: Runtime;
  #lock: { readonly target: HubTarget; readonly release: () => void } | undefined;
  #unwatch: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Starts to watch the environment, unless that has been started. */
  watch(onChange: (change: EnvironmentChange) => void): void {
    this.#unwatch ??= this.#runtime.watch?.(onChange);
  }

  /** Locks an identity at its hub, and releases the one locked before. @throws {ConnectionFailedError} `identity_in_use` */
  async lock(target: HubTarget, signal: AbortSignal): Promise<void> {
    if (this.#lock?.target === target) return;
    this.#unlock();
    const { identity, endpoint } = target;
    // Two clients evict each other only at the same server: a local hub on another port is another server.
    const name = `${resourceOf(identity)} at ${endpoint.host}:${endpoint.port}`;
    const release = await this.#runtime.lockIdentity?.(name, signal);
    if (release === undefined) return;
    this.#lock = { target, release };
    if (signal.aborted) this.#unlock();
  }

  /** Releases everything: other clients may use the identity. */
  end(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#unlock();
  }

  #unlock(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }
}
