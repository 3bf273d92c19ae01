import type { Hub } from "../hub/hub.ts";

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
  const credentials = `SharedAccessKeyName=${name};SharedAccessKey=${primaryKey};EntityPath=${hub.builtInEventHub.name}`;
  return {
    eventHubConnectionString: `Endpoint=sb://${hostName}:${plainPort};${credentials};UseDevelopmentEmulator=true`,
    secureEventHubConnectionString: officialPorts ? `Endpoint=sb://${hostName}/;${credentials}` : undefined,
    consumerGroups: () => hub.builtInEventHub.consumerGroups,
    createConsumerGroup: (group) => hub.builtInEventHub.addConsumerGroup(group),
  };
}
