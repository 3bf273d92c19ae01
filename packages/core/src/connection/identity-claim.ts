import { resourceOf } from "../mqtt/topics.ts";
import type { Runtime } from "../runtime.ts";
import type { HubTarget } from "./hub-locator.ts";

/** Keeps an identity to one client, where a runtime can: held from the first dial until no connection is wanted any more. */
export class IdentityClaim {
  readonly #runtime: Runtime;
  #target: HubTarget | undefined;
  #letGo: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Holds the identity that goes to a hub, and lets go of another. @throws {ConnectionFailedError} `identity_in_use` */
  async hold(target: HubTarget, signal: AbortSignal): Promise<void> {
    if (this.#letGo !== undefined && this.#target === target) return;
    this.release();
    const letGo = await this.#runtime.claim?.(claimName(target), signal);
    if (signal.aborted) {
      letGo?.();
      return;
    }
    this.#target = target;
    this.#letGo = letGo;
  }

  release(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }
}

/** Two clients evict each other when they are the same to the same server: a local hub on another port is another one. */
function claimName({ identity, endpoint }: HubTarget): string {
  return `${resourceOf(identity)} at ${endpoint.host}:${endpoint.port}`;
}

/** What comes before a connection is opened; nothing at all for most. */
export function preparation(
  runtime: Runtime,
  target: HubTarget,
  claim: IdentityClaim,
): ((signal: AbortSignal) => Promise<void>) | undefined {
  const { credential } = target;
  if (runtime.claim === undefined && credential.prepare === undefined) return undefined;
  return async (signal) => {
    await claim.hold(target, signal);
    await credential.prepare?.(signal);
  };
}
