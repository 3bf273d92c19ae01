import { resourceOf } from "../../auth/identity.ts";
import type { IsoHubError } from "../../errors.ts";
import type { EnvironmentChange } from "../../runtime/runtime.ts";
import type { ConnectionDialect } from "../dialect.ts";
import type { Link } from "../link/link.ts";
import type { LinkConfig, LinkEvents, LinkOptions, LinkTraffic } from "../link/link-config.ts";
import type { HubLocator, HubTarget, LocatorEvents } from "./hub-locator.ts";

/** The options of all attempts of a connection. */
export interface AttemptConfig extends LinkConfig {
  readonly locator: HubLocator;
  readonly dialect: ConnectionDialect;
  readonly userAgent: string;
  readonly options: LinkOptions & {
    readonly modelId: string | undefined;
    readonly whenInUse: "fail" | "wait" | undefined;
  };
}

/** The client above a connection, as an attempt sees it. */
export type AttemptClient = LocatorEvents & Pick<LinkEvents, "onPublish" | "prepare">;

/** A link to a hub. */
export interface HubLink {
  readonly link: Link;
  readonly target: HubTarget;
}

/** The events of attempts, each with the number of its attempt. `onFailed` and `onLost` are the last ones. */
export interface AttemptEvents {
  /** The hub has accepted the client. For the other parameters, see {@link LinkEvents.onOpen}. */
  onAccepted(attempt: number, hub: HubLink, sessionPresent: boolean, tokenExpiry: number | undefined): void;
  onFailed(attempt: number, error: IsoHubError): void;
  onLost(attempt: number, error: IsoHubError, closedByPeer: boolean): void;
  /** Another client uses the identity, and the attempt waits for it. */
  onInUse(error: IsoHubError): void;
  onEnvironmentChange(change: EnvironmentChange): void;
}

/**
 * Everything that the attempts of a connection share. From the first attempt until the client is disconnected, this includes
 * the identity lock and the environment watch of the runtime.
 */
export class AttemptContext {
  readonly config: AttemptConfig;
  readonly client: AttemptClient;
  readonly events: AttemptEvents;
  readonly traffic: LinkTraffic;
  #lock: { readonly target: HubTarget; readonly release: () => void } | undefined;
  #unwatch: (() => void) | undefined;

  constructor(config: AttemptConfig, client: AttemptClient, events: AttemptEvents, traffic: LinkTraffic) {
    this.config = config;
    this.client = client;
    this.events = events;
    this.traffic = traffic;
  }

  /** Starts to watch the environment, unless that has been started. */
  watch(): void {
    this.#unwatch ??= this.config.runtime.watch?.((change) => this.events.onEnvironmentChange(change));
  }

  /** Locks an identity at its hub, and releases the one locked before. @throws {ConnectionFailedError} `identity_in_use` */
  async lock(target: HubTarget, signal: AbortSignal): Promise<void> {
    if (this.#lock?.target === target) return;
    this.#unlock();
    const { identity, endpoint } = target;
    const { runtime, options } = this.config;
    // Two clients evict each other only at the same server: a local hub on another port is another server.
    const name = `${resourceOf(identity)} at ${endpoint.host}:${endpoint.port}`;
    const onInUse =
      options.whenInUse === "wait" ? (error: IsoHubError) => this.events.onInUse(error) : undefined;
    const release = await runtime.lockIdentity?.(name, signal, onInUse);
    if (release === undefined) return;
    this.#lock = { target, release };
    if (signal.aborted) this.#unlock();
  }

  /** Releases the lock and the watch: other clients may use the identity. */
  release(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#unlock();
  }

  #unlock(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }
}
