import type { Identity } from "../identities/identity.ts";
import type { TopicFilter } from "./topic-filter.ts";
import { type FilterKind, parseFilter } from "./topics.ts";

interface Subscription {
  readonly filter: TopicFilter<FilterKind>;
  readonly qos: 0 | 1;
}

// Shared, because most devices of a fleet only send, and a map takes as much memory as a session.
const none: ReadonlyMap<string, Subscription> = new Map();
// Each message is compared with all of them. Devices need about five.
const maxFilters = 1000;

/** The subscriptions of a session: topic filters with their granted QoS. */
export class Subscriptions {
  readonly #identity: Identity;
  #own: Map<string, Subscription> | undefined;

  constructor(identity: Identity) {
    this.#identity = identity;
  }

  get #subscriptions(): ReadonlyMap<string, Subscription> {
    return this.#own ?? none;
  }

  /** The number of topic filters. */
  get size(): number {
    return this.#subscriptions.size;
  }

  /** Adds a topic filter, or changes its QoS. Returns false if the hub doesn't grant it, or has granted 1,000 of them. */
  add(filter: string, qos: 0 | 1): boolean {
    const parsed = parseFilter(filter, this.#identity);
    if (parsed === undefined) return false;
    this.#own ??= new Map();
    if (this.#own.size >= maxFilters && !this.#own.has(filter)) return false;
    this.#own.set(filter, { filter: parsed, qos });
    return true;
  }

  /** Removes a topic filter. Returns whether there was one. */
  remove(filter: string): boolean {
    if (this.#own?.delete(filter) !== true) return false;
    if (this.#own.size === 0) this.#own = undefined;
    return true;
  }

  /** Whether messages of a kind are subscribed to, perhaps not all of them. */
  has(kind: FilterKind): boolean {
    return this.qos(kind) !== undefined;
  }

  /** Returns the highest QoS that is granted for messages of a kind. */
  qos(kind: FilterKind): 0 | 1 | undefined {
    let highest: 0 | 1 | undefined;
    for (const { filter, qos } of this.#subscriptions.values()) {
      if (filter.kinds.includes(kind)) highest = Math.max(highest ?? 0, qos) as 0 | 1;
    }
    return highest;
  }

  /** Whether a message is subscribed to. */
  matches(kind: FilterKind, topic: string): boolean {
    for (const { filter } of this.#subscriptions.values()) if (filter.matches(kind, topic)) return true;
    return false;
  }

  /** Returns the QoS of each kind that is subscribed to. */
  byKind(): Partial<Record<FilterKind, 0 | 1>> {
    const kinds: Partial<Record<FilterKind, 0 | 1>> = {};
    for (const { filter } of this.#subscriptions.values()) {
      for (const kind of filter.kinds) kinds[kind] = this.qos(kind) ?? 0;
    }
    return kinds;
  }

  /** Returns the QoS of each topic filter. */
  byFilter(): Record<string, 0 | 1> {
    return Object.fromEntries(Array.from(this.#subscriptions, ([filter, { qos }]) => [filter, qos]));
  }
}
