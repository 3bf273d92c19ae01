import type { IsoHubError } from "../errors.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import type { ConnectionDialect } from "./dialect.ts";
import type { HubLocator, HubTarget, LocatorEvents } from "./hub-locator.ts";
import { Link, type LinkEvents } from "./link.ts";
import type { LinkConfig, LinkOptions, LinkTraffic } from "./link-config.ts";
import { asConnectFailure } from "./link-errors.ts";
import type { Presence } from "./presence.ts";

/** The options of all attempts of a connection. */
export interface AttemptConfig extends LinkConfig {
  readonly locator: HubLocator;
  readonly dialect: ConnectionDialect;
  readonly userAgent: string;
  readonly options: LinkOptions & { readonly modelId: string | undefined };
}

/** A connection whose client the hub has accepted. */
export interface AcceptedConnection {
  readonly link: Link;
  readonly target: HubTarget;
  /** Whether the hub has kept the session of an earlier connection. */
  readonly sessionPresent: boolean;
  /** In seconds since 1970; undefined without a token. */
  readonly tokenExpiry: number | undefined;
}

/** The events of an attempt. `onFailed` and `onLost` are the last ones. */
export interface AttemptEvents {
  onAccepted(attempt: ConnectionAttempt, accepted: AcceptedConnection): void;
  onFailed(attempt: ConnectionAttempt, error: IsoHubError): void;
  onLost(attempt: ConnectionAttempt, error: IsoHubError, closedByPeer: boolean): void;
}

/** Everything that the attempts of a connection share. */
export interface AttemptContext {
  readonly config: AttemptConfig;
  readonly presence: Presence;
  readonly traffic: LinkTraffic;
  readonly client: LocatorEvents & Pick<LinkEvents, "onPublish">;
  readonly connection: AttemptEvents;
}

/** An attempt to connect, and then the connection: locates the hub, locks the identity and opens a link. */
export class ConnectionAttempt implements LinkEvents {
  /** Identifies the attempt to the supervisor. */
  readonly number: number;
  readonly #context: AttemptContext;
  /** Aborts the attempt, until the hub has accepted the client. */
  #abort: AbortController | undefined = new AbortController();
  #opened: { readonly link: Link; readonly target: HubTarget } | undefined;

  constructor(number: number, context: AttemptContext) {
    this.number = number;
    this.#context = context;
  }

  start(): void {
    const { config, client } = this.#context;
    const signal = this.#abort?.signal;
    const found = signal && (config.locator.locate?.(client, signal) ?? config.locator.target);
    if (found !== undefined && signal !== undefined) this.#follow(found, signal);
  }

  /** Aborts the attempt, or closes the connection in order; resolves when closed. */
  async close(): Promise<void> {
    this.#abort?.abort();
    await this.#opened?.link.close();
  }

  onOpen(sessionPresent: boolean, tokenExpiry: number | undefined): void {
    if (this.#opened === undefined) return;
    this.#abort = undefined;
    this.#context.config.locator.accepted?.();
    this.#context.connection.onAccepted(this, { ...this.#opened, sessionPresent, tokenExpiry });
  }

  onFailed(error: IsoHubError): void {
    const { config, client, connection } = this.#context;
    const signal = this.#abort?.signal;
    const other = signal && config.locator.failed?.(error, client, signal);
    if (signal === undefined || other === undefined) connection.onFailed(this, error);
    else this.#follow(other, signal);
  }

  onLost(error: IsoHubError, closedByPeer: boolean): void {
    this.#context.connection.onLost(this, error, closedByPeer);
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    this.#context.client.onPublish(message, acknowledge);
  }

  async #follow(found: HubTarget | Promise<HubTarget>, signal: AbortSignal): Promise<void> {
    let target: HubTarget;
    try {
      // A known hub isn't awaited.
      target = found instanceof Promise ? await found : found;
    } catch (error) {
      if (!signal.aborted) this.#context.connection.onFailed(this, asConnectFailure(error));
      return;
    }
    try {
      await this.#open(target, signal);
    } catch (error) {
      if (!signal.aborted) this.onFailed(asConnectFailure(error));
    }
  }

  async #open(target: HubTarget, signal: AbortSignal): Promise<void> {
    const { config, presence, traffic } = this.#context;
    const { runtime, dialect, userAgent, options } = config;
    const { endpoint, credential, identity } = target;
    if (runtime.lockIdentity !== undefined) await presence.lock(target, signal);
    if (credential.prepare !== undefined && !signal.aborted) await credential.prepare(signal);
    if (signal.aborted) return;
    const fields = dialect.connectFields(identity, { userAgent, modelId: options.modelId });
    const link = new Link(config, { endpoint, credential, ...fields }, this, traffic);
    this.#opened = { link, target };
  }
}
