import type { JsonObject } from "@isohub/core";
import type { Store, Table } from "../../store/store.ts";
import { HubError } from "../hub-error.ts";
import type { Identity } from "../identities/identity.ts";
import { jsonOf } from "../json.ts";
import type { EventHubs } from "./event-hubs.ts";
import type { TelemetryStore } from "./telemetry.ts";
import { type ReceivedTelemetry, telemetryMessage } from "./telemetry-message.ts";

/** The kinds of message that routes select. */
export type MessageSource =
  | "DeviceMessages"
  | "TwinChangeEvents"
  | "DeviceLifecycleEvents"
  | "DeviceConnectionStateEvents";

const sources: readonly MessageSource[] = [
  "DeviceMessages",
  "TwinChangeEvents",
  "DeviceLifecycleEvents",
  "DeviceConnectionStateEvents",
];

/** A route from a kind of message to an event hub. */
export interface MessageRoute {
  readonly name: string;
  readonly source: MessageSource;
  /** `events` for the built-in endpoint, or the name of an event hub. */
  readonly endpoint: string;
  /** A routing query, such as `level = 'storage'` or `$body.temperature > 30`; `true` by default. */
  readonly condition: string;
}

/** Options of a route. */
export interface MessageRouteOptions {
  source: MessageSource;
  endpoint: string;
  condition?: string;
}

/** Tests the properties of a message; what isn't `true` isn't routed. */
export type RouteCondition = (message: JsonObject) => boolean;

/** Parts of a hub that a {@link MessageRouter} needs. */
export interface MessageRouterOptions {
  readonly store: Store;
  readonly eventHubs: EventHubs;
  /** Parses a condition. @throws {HubError} ArgumentInvalid */
  parseCondition(condition: string, of: "messages"): RouteCondition;
  /** Returns the twin of an identity, for conditions with `$twin`. */
  twin(identity: Identity): JsonObject;
}

interface OpenRoute {
  readonly route: MessageRoute;
  readonly messages: TelemetryStore;
  readonly matches: RouteCondition;
}

const builtInEndpoint = "events";
const maxRoutes = 100;

/**
 * Hands the hub's messages to the event hubs. Messages of devices that no route selects go to the built-in endpoint; other
 * messages go only where a route leads.
 *
 * @source IoT Hub documentation, "Use IoT Hub message routing to send device-to-cloud messages to different endpoints"
 */
export class MessageRouter {
  readonly #options: MessageRouterOptions;
  readonly #table: Table<MessageRoute>;
  readonly #listeners = new Set<() => void>();
  #routes: readonly OpenRoute[] = [];

  constructor(options: MessageRouterOptions) {
    this.#options = options;
    this.#table = options.store.table("messageRoutes");
    this.#routes = [...this.#table.values()].map((route) => this.#open(route));
  }

  list(): MessageRoute[] {
    return this.#routes.map(({ route }) => route);
  }

  /**
   * Adds a route, or replaces the one of the same name.
   *
   * @throws {HubError} ArgumentInvalid for an unknown source, a condition that can't be parsed, or more than 100 routes;
   * GenericNotFound for an unknown endpoint
   */
  create(name: string, { source, endpoint, condition = "true" }: MessageRouteOptions): MessageRoute {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
      throw new HubError(
        "ArgumentInvalid",
        `A route must have a name of 1 to 64 letters, digits and . _ -, got '${name}'.`,
      );
    }
    if (!sources.includes(source)) {
      throw new HubError("ArgumentInvalid", `source must be one of ${sources.join(", ")}, got '${source}'.`);
    }
    if (this.#table.size >= maxRoutes && !this.#table.has(name)) {
      throw new HubError("ArgumentInvalid", `A hub can have up to ${maxRoutes} routes.`);
    }
    const route = { name, source, endpoint, condition };
    const opened = this.#open(route);
    this.#table.set(name, route);
    this.#routes = [...this.#routes.filter((other) => other.route.name !== name), opened];
    for (const listener of this.#listeners) listener();
    return route;
  }

  /** @throws {HubError} GenericNotFound */
  delete(name: string): void {
    if (!this.#table.delete(name)) throw new HubError("GenericNotFound", `There is no route '${name}'.`);
    this.#routes = this.#routes.filter(({ route }) => route.name !== name);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after routes have changed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Whether there is a route for a kind of message. */
  wants(source: MessageSource): boolean {
    return this.#routes.some(({ route }) => route.source === source);
  }

  /** Routes a message of a device. Returns its sequence number; `undefined` if it is larger than a hub accepts. */
  accept(message: ReceivedTelemetry): number | undefined {
    const { messages: builtIn } = this.#options.eventHubs.builtIn;
    if (this.#routes.length === 0) return builtIn.add(message);
    const stores = this.#storesFor("DeviceMessages", message);
    const numbers = [...(stores.size === 0 ? [builtIn] : stores)].map((store) => store.add(message));
    return numbers[0];
  }

  /** Routes a message of the hub. */
  publish(source: MessageSource, message: ReceivedTelemetry): void {
    for (const store of this.#storesFor(source, message)) store.add(message);
  }

  // An endpoint receives a message once, whatever number of routes lead there.
  #storesFor(source: MessageSource, message: ReceivedTelemetry): ReadonlySet<TelemetryStore> {
    const routes = this.#routes.filter(({ route }) => route.source === source);
    const row = routes.length === 0 ? {} : this.#rowOf(message);
    return new Set(routes.filter(({ matches }) => matches(row)).map(({ messages }) => messages));
  }

  #open(route: MessageRoute): OpenRoute {
    const { eventHubs, parseCondition } = this.#options;
    const isBuiltIn = route.endpoint === builtInEndpoint;
    const eventHub = isBuiltIn ? eventHubs.builtIn : eventHubs.find(route.endpoint);
    if (eventHub === undefined) {
      throw new HubError("GenericNotFound", `There is no event hub '${route.endpoint}'.`);
    }
    const matches =
      route.condition.trim() === "true" ? () => true : parseCondition(route.condition, "messages");
    return { route, messages: eventHub.messages, matches };
  }

  // Application properties by name, system properties with `$`, and the body and twin where a condition asks for them. The case
  // of names doesn't matter.
  #rowOf(message: ReceivedTelemetry): JsonObject {
    const { twin } = this.#options;
    const { properties, systemProperties } = telemetryMessage({
      ...message,
      sequenceNumber: 0,
      enqueuedAt: 0,
    });
    const named = [
      ...Object.entries(properties),
      ...Object.entries(systemProperties).map(([name, value]) => [`$${name}`, value] as const),
    ];
    return {
      ...Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value])),
      get $body() {
        return jsonOf(message.body);
      },
      get $twin() {
        return twin(message.identity);
      },
    };
  }
}
