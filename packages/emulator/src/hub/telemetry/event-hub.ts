import type { Store, Table } from "../../store/store.ts";
import { HubError } from "../hub-error.ts";
import type { TelemetryStore } from "./telemetry.ts";
import type { TelemetryPartition } from "./telemetry-partition.ts";

/** The consumer group that every event hub has. */
export const defaultConsumerGroup = "$Default";
const maxConsumerGroups = 20;
const groupRule = /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/;

/** An Event Hub-compatible endpoint: messages in partitions, for readers in consumer groups. */
export class EventHub {
  readonly name: string;
  readonly messages: TelemetryStore;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  readonly #groups: Table<string>;

  constructor(name: string, messages: TelemetryStore, store: Store, now: number) {
    this.name = name;
    this.messages = messages;
    this.#groups = store.table("consumerGroups");
    const times = store.table<number>("createdAt");
    this.createdAt = times.get("time") ?? now;
    times.set("time", this.createdAt);
  }

  /** The names of the consumer groups, `$Default` first. */
  get consumerGroups(): string[] {
    return [defaultConsumerGroup, ...this.#groups.values()];
  }

  /** Adds a consumer group; one that exists stays. @throws {HubError} ArgumentInvalid for the name, or more than 20 groups */
  addConsumerGroup(name: string): void {
    if (this.hasConsumerGroup(name)) return;
    if (!groupRule.test(name)) {
      throw new HubError(
        "ArgumentInvalid",
        `A consumer group must be 1 to 50 letters, digits and . _ -, got '${name}'.`,
      );
    }
    if (this.consumerGroups.length >= maxConsumerGroups) {
      throw new HubError("ArgumentInvalid", `A hub can have up to ${maxConsumerGroups} consumer groups.`);
    }
    this.#groups.set(name.toLowerCase(), name);
  }

  /** Whether there is a consumer group; case doesn't matter. */
  hasConsumerGroup(name: string): boolean {
    return name.toLowerCase() === defaultConsumerGroup.toLowerCase() || this.#groups.has(name.toLowerCase());
  }

  partition(id: string): TelemetryPartition | undefined {
    return this.messages.partitions.find((partition) => partition.id === id);
  }
}
