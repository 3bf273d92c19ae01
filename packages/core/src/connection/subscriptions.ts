import { ProtocolError } from "../errors.ts";
import type { TopicFilter } from "../mqtt/engine.ts";
import type { SubscriptionName } from "./dialect.ts";
import type { Link } from "./link/link.ts";

type Names = readonly SubscriptionName[];

/** The topic filters of subscriptions at a hub. */
export interface Filters {
  filterOf(name: SubscriptionName): TopicFilter;
}

/**
 * The subscriptions that a client wants, and those that the hub has confirmed. The hub keeps the subscriptions of a session, so
 * after a reconnection only missing ones are requested.
 */
export class Subscriptions {
  #wanted: Names = [];
  #confirmed: Names = [];
  #hub: Filters | undefined;
  #link: Link | undefined;
  #working: Promise<void> | undefined;

  /** There is a connection: subscribes and unsubscribes until the hub has what is wanted. */
  attach(link: Link, hub: Filters, sessionPresent: boolean): Promise<void> {
    this.detach();
    this.#link = link;
    this.#hub = hub;
    if (!sessionPresent) this.#confirmed = [];
    return this.#align();
  }

  detach(): void {
    this.#link = undefined;
    this.#working = undefined;
  }

  /** Adds subscriptions; resolves when the hub has confirmed them, or immediately while there is no connection. */
  want(...names: SubscriptionName[]): Promise<void> {
    this.#wanted = [...this.#wanted, ...without(names, this.#wanted)];
    return this.#align();
  }

  /** Whether the hub has confirmed one, and no change is in progress. */
  has(name: SubscriptionName): boolean {
    return this.#working === undefined && this.#confirmed.includes(name);
  }

  /** Removes a subscription. */
  drop(name: SubscriptionName): Promise<void> {
    this.#wanted = without(this.#wanted, [name]);
    return this.#align();
  }

  /** Makes one change at a time. Changes requested meanwhile follow together. */
  async #align(): Promise<void> {
    // Its failure is reported to its caller.
    while (this.#working !== undefined) await this.#working.catch(() => {});
    const missing = without(this.#wanted, this.#confirmed);
    const surplus = without(this.#confirmed, this.#wanted);
    const link = this.#link;
    const hub = this.#hub;
    if (link === undefined || hub === undefined || missing.length + surplus.length === 0) return;
    const working = this.#change(link, hub, missing, surplus);
    this.#working = working;
    try {
      await working;
    } finally {
      if (this.#working === working) this.#working = undefined;
    }
  }

  async #change(link: Link, hub: Filters, missing: Names, surplus: Names): Promise<void> {
    if (missing.length > 0) {
      const granted = await link.subscribe(missing.map((name) => hub.filterOf(name)));
      const refused = missing.filter((_, at) => (granted[at] ?? 0x80) >= 0x80);
      this.#wanted = without(this.#wanted, refused);
      this.#confirmed = [...this.#confirmed, ...without(missing, refused)];
      if (refused.length > 0) {
        throw new ProtocolError(
          "subscription_refused",
          `The hub refused the subscription to ${refused.join(", ")}`,
        );
      }
    }
    if (surplus.length > 0) {
      await link.unsubscribe(surplus.map((name) => hub.filterOf(name).filter));
      this.#confirmed = without(this.#confirmed, surplus);
    }
  }
}

function without(names: Names, others: Names): Names {
  return names.filter((name) => !others.includes(name));
}
