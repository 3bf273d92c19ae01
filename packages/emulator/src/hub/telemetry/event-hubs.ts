import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { HubError } from "../hub-error.ts";
import { EventHub } from "./event-hub.ts";
import { TelemetryStore } from "./telemetry.ts";
import type { TelemetryLimits } from "./telemetry-usage.ts";

const maxEventHubs = 10;
const nameRule = /^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$/;

/** Options of {@link EventHubs}. */
export interface EventHubsOptions {
  readonly clock: Clock;
  readonly store: Store;
  /** The limits of each event hub's messages. */
  readonly limits: TelemetryLimits;
  /** The number of partitions of each event hub. */
  readonly partitions?: number | undefined;
  /** The name of the built-in event hub. */
  readonly name: string;
}

/** The event hubs that messages are routed to: the built-in one, and further endpoints. */
export class EventHubs {
  readonly builtIn: EventHub;
  readonly #options: EventHubsOptions;
  readonly #names: Table<string>;
  readonly #others = new Map<string, EventHub>();

  /** @param telemetry - the messages of the built-in event hub */
  constructor(options: EventHubsOptions, telemetry: TelemetryStore) {
    const { clock, store, name } = options;
    this.#options = options;
    this.builtIn = new EventHub(name, telemetry, store.scope("eventHub"), clock.now());
    this.#names = store.table("eventHubs");
    for (const other of this.#names.values()) this.#open(other);
  }

  /** Returns the names of the event hubs, the built-in one first. */
  get names(): string[] {
    return [this.builtIn.name, ...this.#names.values()];
  }

  /** Returns the event hub of a name; case doesn't matter. `messages/events` is the built-in one. */
  find(name: string): EventHub | undefined {
    const key = name.toLowerCase();
    const builtIn = [this.builtIn.name.toLowerCase(), "messages/events"];
    return builtIn.includes(key) ? this.builtIn : this.#others.get(key);
  }

  /**
   * Adds an event hub; one that exists stays.
   *
   * @throws {HubError} ArgumentInvalid for a name that isn't valid, or more than ten endpoints
   */
  create(name: string): EventHub {
    const existing = this.find(name);
    if (existing !== undefined) return existing;
    if (!nameRule.test(name) || name.toLowerCase() === "events") {
      throw new HubError(
        "ArgumentInvalid",
        `An event hub must have a name of 1 to 256 letters, digits and . _ - other than events, got '${name}'.`,
      );
    }
    if (this.#others.size >= maxEventHubs) {
      throw new HubError("ArgumentInvalid", `A hub can have up to ${maxEventHubs} further event hubs.`);
    }
    this.#names.set(name.toLowerCase(), name);
    return this.#open(name);
  }

  close(): void {
    for (const { messages } of this.#others.values()) messages.close();
  }

  #open(name: string): EventHub {
    const { clock, store, limits, partitions } = this.#options;
    const scope = store.scope("eventHubs").scope(name.toLowerCase());
    const messages = new TelemetryStore(clock, scope, limits, partitions);
    const eventHub = new EventHub(name, messages, scope, clock.now());
    this.#others.set(name.toLowerCase(), eventHub);
    return eventHub;
  }
}
