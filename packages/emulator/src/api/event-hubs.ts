import type { Hub } from "../hub/hub.ts";
import type { MessageRoute, MessageRouteOptions } from "../hub/telemetry/message-router.ts";

/** The Event Hub-compatible endpoint: the hub's messages, for readers in consumer groups. */
export interface EmulatorEventHubs {
  /**
   * A connection string of the endpoint for Event Hubs clients, at the plain port. `UseDevelopmentEmulator=true` in it makes
   * clients accept a port and connect without TLS.
   */
  readonly eventHubConnectionString: string;
  /**
   * A connection string of the endpoint with TLS, if the official ports are bound: without them, Event Hubs clients find no
   * TLS port.
   */
  readonly secureEventHubConnectionString: string | undefined;
  /** Returns the names of the consumer groups, `$Default` first. */
  consumerGroups(): string[];
  /**
   * Adds a consumer group; one that exists stays.
   *
   * @throws {HubError} ArgumentInvalid for a name that isn't valid, or more than 20 groups
   */
  createConsumerGroup(name: string): void;
  /**
   * Adds an event hub that messages can be routed to; one that exists stays.
   *
   * @throws {HubError} ArgumentInvalid for a name that isn't valid, or more than ten event hubs
   */
  createEventHub(name: string): EventHubInfo;
  /** Returns the event hubs, the built-in one first. */
  eventHubs(): EventHubInfo[];
  /**
   * Adds a message route, or replaces the one of the same name. Messages of devices that no route selects go to the built-in
   * endpoint, `events`.
   *
   * @throws {HubError} ArgumentInvalid for a source or condition that isn't valid; GenericNotFound for an unknown endpoint
   */
  createMessageRoute(name: string, options: MessageRouteOptions): MessageRoute;
  /** Returns the message routes. */
  messageRoutes(): MessageRoute[];
  /** Deletes a message route. @throws {HubError} GenericNotFound */
  deleteMessageRoute(name: string): void;
}

/** An event hub. */
export interface EventHubInfo {
  readonly name: string;
  /** As {@link EmulatorEventHubs.eventHubConnectionString}. */
  readonly connectionString: string;
}

/** The address of the endpoint. */
export interface EventHubAddress {
  readonly hostName: string;
  readonly plainPort: number;
  readonly officialPorts: boolean;
}

export function eventHubsOf(
  hub: Hub,
  { hostName, plainPort, officialPorts }: EventHubAddress,
): EmulatorEventHubs {
  const { name, primaryKey = "" } = hub.policies.get("service") ?? {};
  const { builtIn } = hub.eventHubs;
  const credentials = `SharedAccessKeyName=${name};SharedAccessKey=${primaryKey}`;
  const stringOf = (eventHub: string): string =>
    `Endpoint=sb://${hostName}:${plainPort};${credentials};EntityPath=${eventHub};UseDevelopmentEmulator=true`;
  const infoOf = (eventHub: string): EventHubInfo => ({
    name: eventHub,
    connectionString: stringOf(eventHub),
  });
  return {
    eventHubConnectionString: stringOf(builtIn.name),
    secureEventHubConnectionString: officialPorts
      ? `Endpoint=sb://${hostName}/;${credentials};EntityPath=${builtIn.name}`
      : undefined,
    createEventHub: (eventHub) => infoOf(hub.eventHubs.create(eventHub).name),
    eventHubs: () => hub.eventHubs.names.map(infoOf),
    createMessageRoute: (route, options) => hub.router.create(route, options),
    messageRoutes: () => hub.router.list(),
    deleteMessageRoute: (route) => hub.router.delete(route),
    consumerGroups: () => hub.eventHubs.builtIn.consumerGroups,
    createConsumerGroup: (group) => hub.eventHubs.builtIn.addConsumerGroup(group),
  };
}
