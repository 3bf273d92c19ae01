import type { Identity } from "../auth/identity.ts";
import type { InboundPublish, TopicFilter } from "../mqtt/engine.ts";

/** The fields of CONNECT that identify a client. */
export interface ConnectFields {
  readonly clientId: string;
  readonly username: string;
}

/** The program that connects, as it describes itself in CONNECT. */
export interface Agent {
  readonly userAgent: string;
  readonly modelId: string | undefined;
}

/**
 * The protocol of a service on top of MQTT: how clients identify themselves and what they can subscribe to. Each dialect
 * is a folder below `dialects/`; a connection receives one and imports none.
 *
 * @typeParam TIdentity - a client at this service
 * @typeParam TSubscription - the names of what a client can subscribe to
 */
export interface Dialect<TIdentity, TSubscription extends string> {
  /** Called for each connection attempt. */
  connectFields(identity: TIdentity, agent: Agent): ConnectFields;
  topicFilter(subscription: TSubscription, identity: TIdentity): TopicFilter;
}

/** The subscriptions of a client at a hub. */
export type SubscriptionName = "twinPatches" | "twinResponses" | "methods" | "c2d" | "inputs";

/** The part of a hub's protocol that a connection needs. */
export interface ConnectionDialect extends Dialect<Identity, SubscriptionName> {
  /** The start of the topics that an identity sends to on its own initiative. */
  prefix(identity: Identity): string;
}

/** A message from a hub, apart from its payload. */
export interface Inbound {
  readonly subscription: SubscriptionName;
  /** The method, the input, or the status of a twin response; empty for the others. */
  readonly name: string;
  /** The id of a method call or twin request, undecoded; empty for the others. */
  readonly requestId: string;
  /** The properties, encoded. */
  readonly bag: string;
}

/** Reads messages from a hub. */
export interface InboundDialect {
  /** @returns `undefined` for a message that this identity cannot have subscribed to */
  readInbound(message: InboundPublish, identity: Identity): Inbound | undefined;
}
