import { resourceOf } from "../auth/identity.ts";
import type { IsoHubError } from "../errors.ts";
import type { EnvironmentChange } from "../runtime/runtime.ts";
import type { ConnectionDialect } from "./dialect.ts";
import type { HubLocator, HubTarget, LocatorEvents } from "./hub-locator.ts";
import { Link, type LinkEvents } from "./link.ts";
import type { LinkConfig, LinkOptions, LinkTraffic } from "./link-config.ts";
import { asConnectFailure } from "./link-errors.ts";

/** What every dial of a client has in common. */
export interface DialConfig extends LinkConfig {
  readonly locator: HubLocator;
  readonly dialect: ConnectionDialect;
  /** What the hub is told of the client. */
  readonly userAgent: string;
  readonly options: LinkOptions & { readonly modelId: string | undefined };
}

/** What a dial tells: what its link does, that there is no hub for it, and what changes around the program. */
export interface DialEvents extends LinkEvents {
  onNoHub(error: IsoHubError): void;
  onEnvironmentChange(what: EnvironmentChange): void;
}

/** Finds the hub, has the identity kept to this client where a runtime can do so, and opens a link. */
export class Dialer {
  readonly #config: DialConfig;
  readonly #locatorEvents: LocatorEvents;
  readonly #events: DialEvents;
  readonly #traffic: LinkTraffic;
  /** Ends the dial, until it has come through. */
  #abort: AbortController | undefined;
  #target: HubTarget | undefined;
  #link: Link | undefined;
  /** The hub that the identity is held for, and what lets go of it. */
  #lockedFor: HubTarget | undefined;
  #unlock: (() => void) | undefined;
  #unwatch: (() => void) | undefined;

  constructor(config: DialConfig, locatorEvents: LocatorEvents, events: DialEvents, traffic: LinkTraffic) {
    this.#config = config;
    this.#locatorEvents = locatorEvents;
    this.#events = events;
    this.#traffic = traffic;
  }

  /** What the latest dial has opened, or is about to. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** Where {@link link} goes. */
  get target(): HubTarget | undefined {
    return this.#target;
  }

  dial(): void {
    const { locator, runtime } = this.#config;
    this.#unwatch ??= runtime.watch?.((what) => this.#events.onEnvironmentChange(what));
    this.#link = undefined;
    this.#abort = new AbortController();
    const found = locator.locate?.(this.#locatorEvents, this.#abort.signal) ?? locator.target;
    if (found !== undefined) this.#follow(found, this.#abort.signal);
  }

  /** The link has come through. */
  opened(): void {
    this.#abort = undefined;
    this.#config.locator.accepted?.();
  }

  /** The link has failed. @returns whether the dial goes on, to another hub */
  goesOn(error: IsoHubError): boolean {
    const { signal } = this.#abort ?? {};
    const other = signal && this.#config.locator.failed?.(error, this.#locatorEvents, signal);
    if (signal === undefined || other === undefined) return false;
    this.#follow(other, signal);
    return true;
  }

  /** Ends the dial, or in order the connection that it has opened; resolves when closed. */
  async close(): Promise<void> {
    this.#abort?.abort();
    await this.#link?.close();
  }

  /** No connection is wanted any more: somebody else may have the identity. */
  release(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#letClaimGo();
  }

  #letClaimGo(): void {
    this.#unlock?.();
    this.#unlock = undefined;
  }

  async #follow(found: HubTarget | Promise<HubTarget>, signal: AbortSignal): Promise<void> {
    let target: HubTarget;
    try {
      // Not awaited where there is nothing to wait for.
      target = found instanceof Promise ? await found : found;
    } catch (error) {
      if (!signal.aborted) this.#events.onNoHub(asConnectFailure(error));
      return;
    }
    try {
      await this.#open(target, signal);
    } catch (error) {
      if (!signal.aborted) this.#events.onFailed(asConnectFailure(error));
    }
  }

  async #open(target: HubTarget, signal: AbortSignal): Promise<void> {
    const { runtime, dialect, userAgent, options } = this.#config;
    const { endpoint, credential, identity } = target;
    if (runtime.lockIdentity !== undefined) await this.#lockIdentity(target, signal);
    if (credential.prepare !== undefined && !signal.aborted) await credential.prepare(signal);
    if (signal.aborted) return;
    const fields = dialect.connectFields(identity, { userAgent, modelId: options.modelId });
    this.#target = target;
    this.#link = new Link(this.#config, { endpoint, credential, ...fields }, this.#events, this.#traffic);
  }

  /** Holds the identity that goes to a hub, and lets go of another. @throws {ConnectionFailedError} `identity_in_use` */
  async #lockIdentity(target: HubTarget, signal: AbortSignal): Promise<void> {
    if (this.#unlock !== undefined && this.#lockedFor === target) return;
    this.#letClaimGo();
    const { identity, endpoint } = target;
    // Two clients evict each other when they are the same to the same server: a local hub on another port is another one.
    const name = `${resourceOf(identity)} at ${endpoint.host}:${endpoint.port}`;
    this.#unlock = await this.#config.runtime.lockIdentity?.(name, signal);
    this.#lockedFor = target;
    if (signal.aborted) this.#letClaimGo();
  }
}
