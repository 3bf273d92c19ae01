import type { IsoHubError } from "../../errors.ts";
import type { InboundPublish } from "../../mqtt/engine.ts";
import { Link } from "../link/link.ts";
import type { LinkEvents } from "../link/link-config.ts";
import { asConnectFailure } from "../link/link-errors.ts";
import type { AttemptContext, HubLink } from "./attempt-context.ts";
import type { HubTarget } from "./hub-locator.ts";

/** An attempt to connect, and then the connection: locates the hub, locks the identity and opens a link. */
export class ConnectionAttempt implements LinkEvents {
  /** Identifies the attempt to the supervisor. */
  readonly number: number;
  readonly #context: AttemptContext;
  readonly #stepTimeoutMs: number;
  /** Aborts the attempt, until the hub has accepted the client. */
  #abort: AbortController | undefined = new AbortController();
  #hub: HubLink | undefined;

  /** @param stepTimeoutMs - the time limit of each step of connecting */
  constructor(number: number, context: AttemptContext, stepTimeoutMs: number) {
    this.number = number;
    this.#context = context;
    this.#stepTimeoutMs = stepTimeoutMs;
  }

  start(): void {
    const { config, client } = this.#context;
    this.#context.watch();
    const signal = this.#abort?.signal;
    const found = signal && (config.locator.locate?.(client, signal) ?? config.locator.target);
    if (found !== undefined && signal !== undefined) this.#follow(found, signal);
  }

  /** Aborts the attempt, or closes the connection in order; resolves when closed. */
  async close(): Promise<void> {
    this.#abort?.abort();
    await this.#hub?.link.close();
  }

  prepare(): Promise<void> | undefined {
    return this.#context.client.prepare?.();
  }

  onOpen(sessionPresent: boolean, tokenExpiry: number | undefined): void {
    if (this.#hub === undefined) return;
    this.#abort = undefined;
    const { config, client, events } = this.#context;
    config.locator.accepted?.(client);
    events.onAccepted(this.number, this.#hub, sessionPresent, tokenExpiry);
  }

  onFailed(error: IsoHubError): void {
    const { config, client, events } = this.#context;
    const signal = this.#abort?.signal;
    const other = signal && config.locator.failed?.(error, client, signal);
    if (signal === undefined || other === undefined) events.onFailed(this.number, error);
    else this.#follow(other, signal);
  }

  onLost(error: IsoHubError, closedByPeer: boolean): void {
    this.#context.events.onLost(this.number, error, closedByPeer);
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    this.#context.client.onPublish(message, acknowledge);
  }

  async #follow(found: HubTarget | Promise<HubTarget>, signal: AbortSignal): Promise<void> {
    const { config, events, traffic } = this.#context;
    const { runtime, dialect, userAgent, options } = config;
    let target: HubTarget | undefined;
    try {
      // A known hub isn't awaited.
      target = found instanceof Promise ? await found : found;
      const { endpoint, credential, identity } = target;
      if (runtime.lockIdentity !== undefined) await this.#context.lock(target, signal);
      if (credential.prepare !== undefined && !signal.aborted) await credential.prepare(signal);
      if (signal.aborted) return;
      const fields = dialect.connectFields(identity, { userAgent, modelId: options.modelId });
      const link = new Link(
        config,
        { endpoint, credential, ...fields, stepTimeoutMs: this.#stepTimeoutMs },
        this,
        traffic,
      );
      this.#hub = { link, target };
    } catch (error) {
      if (signal.aborted) return;
      const failure = asConnectFailure(error);
      // The locator knows already that there is no hub.
      if (target === undefined) events.onFailed(this.number, failure);
      else this.onFailed(failure);
    }
  }
}
