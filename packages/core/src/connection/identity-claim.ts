import { type Identity, resourceOf } from "../mqtt/topics.ts";
import type { Endpoint, Runtime } from "../runtime.ts";
import type { Credential } from "./credential.ts";

/** Keeps an identity to one client, where a runtime can: held from the first dial until no connection is wanted any more. */
export class IdentityClaim {
  readonly #runtime: Runtime;
  readonly #name: string;
  #letGo: (() => void) | undefined;

  /** @param name - the same for all clients that would evict each other */
  constructor(runtime: Runtime, name: string) {
    this.#runtime = runtime;
    this.#name = name;
  }

  /** @throws {ConnectionFailedError} `identity_in_use` */
  async hold(signal: AbortSignal): Promise<void> {
    if (this.#letGo !== undefined) return;
    const letGo = await this.#runtime.claim?.(this.#name, signal);
    if (signal.aborted) letGo?.();
    else this.#letGo = letGo;
  }

  release(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }
}

/** Two clients evict each other when they are the same to the same server: a local hub on another port is another one. */
export function claimName({ identity, endpoint }: { identity: Identity; endpoint: Endpoint }): string {
  return `${resourceOf(identity)} at ${endpoint.host}:${endpoint.port}`;
}

/** What comes before a connection is opened; nothing at all for most. */
export function preparation(
  { runtime, credential }: { runtime: Runtime; credential: Credential },
  claim: IdentityClaim,
): ((signal: AbortSignal) => Promise<void>) | undefined {
  if (runtime.claim === undefined && credential.prepare === undefined) return undefined;
  return async (signal) => {
    await claim.hold(signal);
    await credential.prepare?.(signal);
  };
}
