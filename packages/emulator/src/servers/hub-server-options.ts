import type { ResolvedOptions } from "../config/resolve-options.ts";
import type { KeyMaker } from "../hub/identities/authentication.ts";
import type { PortsOptions } from "../listeners/ports.ts";
import type { WriteBarrier } from "../listeners/write-barrier.ts";
import type { Store } from "../store/store.ts";

/** Options of one hub. */
export interface HubServerOptions extends ResolvedOptions {
  /** The name in enrollments. */
  readonly name: string;
  /** The host names that it accepts. */
  readonly names: readonly string[];
  /** Holds the state of the hub. */
  readonly store: Store;
  readonly makeKey: KeyMaker;
  readonly barrier?: WriteBarrier | undefined;
  readonly preferredPorts?: PortsOptions["preferredPorts"];
}
