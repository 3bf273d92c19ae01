import type { IsoHubError } from "../errors.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import { clientIdOf } from "../mqtt/topics.ts";
import type { HubLocator, HubTarget, LocatorEvents } from "./hub-locator.ts";
import { type IdentityClaim, preparation } from "./identity-claim.ts";
import { Link, type LinkConfig, type LinkEvents } from "./link.ts";
import { asConnectFailure } from "./link-errors.ts";
import { userNameOf } from "./user-name.ts";

/** What every dial of a client has in common. */
export interface DialConfig
  extends Omit<LinkConfig, "endpoint" | "credential" | "clientId" | "username" | "prepare"> {
  readonly locator: HubLocator;
  /** What the hub is told of the client. */
  readonly userAgent: string;
  readonly modelId: string | undefined;
}

/** What CONNACK has opened. */
export interface Opened {
  readonly link: Link;
  readonly target: HubTarget;
  readonly sessionPresent: boolean;
  /** In seconds since 1970, when a token was used. */
  readonly tokenExpiry: number | undefined;
}

/** What a dial tells its owner; after `onFailed` or `onLost` nothing more comes. */
export interface DialEvents
  extends LocatorEvents,
    Pick<LinkEvents, "onFailed" | "onLost" | "onDrain" | "unackedSince"> {
  onOpen(opened: Opened): void;
  onPublish(message: InboundPublish, link: Link): void;
}

/** One try to connect: finds the hub, and opens a link to it; to another one if the first is not the right one any more. */
export class Dial {
  readonly #config: DialConfig;
  readonly #claim: IdentityClaim;
  readonly #events: DialEvents;
  readonly #abort = new AbortController();
  #link: Link | undefined;

  constructor(config: DialConfig, claim: IdentityClaim, events: DialEvents) {
    this.#config = config;
    this.#claim = claim;
    this.#events = events;
    const found = config.locator.locate(events, this.#abort.signal);
    if (found instanceof Promise) this.#follow(found);
    else this.#open(found);
  }

  /** Ends the dial, or in order the connection that it has opened; resolves when closed. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#link?.close();
  }

  #follow(found: Promise<HubTarget>): void {
    const { signal } = this.#abort;
    found.then(
      (target) => {
        if (!signal.aborted) this.#open(target);
      },
      (error: unknown) => {
        if (!signal.aborted) this.#events.onFailed(asConnectFailure(error));
      },
    );
  }

  #open(target: HubTarget): void {
    const { locator, userAgent, modelId, ...config } = this.#config;
    const { endpoint, credential, identity } = target;
    const events = this.#events;
    const link = new Link(
      {
        ...config,
        endpoint,
        credential,
        clientId: clientIdOf(identity),
        username: userNameOf(identity, userAgent, modelId),
        prepare: preparation(config.runtime, target, this.#claim),
      },
      {
        onOpen: (sessionPresent, tokenExpiry) => {
          locator.accepted();
          events.onOpen({ link, target, sessionPresent, tokenExpiry });
        },
        onFailed: (error: IsoHubError) => {
          const other = locator.failed(error, events, this.#abort.signal);
          if (other === undefined) events.onFailed(error);
          else this.#follow(other);
        },
        onLost: (error, closedByPeer) => events.onLost(error, closedByPeer),
        onPublish: (message) => events.onPublish(message, link),
        onDrain: () => events.onDrain(),
        unackedSince: () => events.unackedSince(),
      },
    );
    this.#link = link;
  }
}
