import type { Identity } from "../auth/identity.ts";
import { ProtocolError } from "../errors.ts";
import type { ConnectionDialect, SubscriptionName } from "./dialect.ts";
import type { Link } from "./link.ts";

type Names = readonly SubscriptionName[];

/**
 * What a client wants to be subscribed to against what the hub has confirmed. The hub keeps the subscriptions of a
 * session, so after a reconnection only what it lost has to be asked for again.
 */
export class Subscriptions {
  readonly #dialect: ConnectionDialect;
  #wanted: Names = [];
  #confirmed: Names = [];
  #link: Link | undefined;
  #identity: Identity | undefined;
  #working: Promise<void> | undefined;

  constructor(dialect: ConnectionDialect) {
    this.#dialect = dialect;
  }

  /** A session is open: brings the hub in line with what is wanted. */
  attach(link: Link, identity: Identity, sessionPresent: boolean): Promise<void> {
    this.detach();
    this.#link = link;
    this.#identity = identity;
    if (!sessionPresent) this.#confirmed = [];
    return this.#align();
  }

  detach(): void {
    this.#link = undefined;
    this.#working = undefined;
  }

  /** Wants a subscription; resolves when the hub has confirmed it, or at once while there is no connection. */
  want(...names: SubscriptionName[]): Promise<void> {
    this.#wanted = [...this.#wanted, ...without(names, this.#wanted)];
    return this.#align();
  }

  /** Whether these are wanted and confirmed, and nothing is on its way to change that. */
  has(names: Names): boolean {
    const isHeld = (name: SubscriptionName): boolean =>
      this.#wanted.includes(name) && this.#confirmed.includes(name);
    return this.#link !== undefined && this.#working === undefined && names.every(isHeld);
  }

  /** Does not want a subscription any more. */
  drop(name: SubscriptionName): Promise<void> {
    this.#wanted = without(this.#wanted, [name]);
    return this.#align();
  }

  /** One change at a time; what comes in meanwhile is seen to right after. */
  async #align(): Promise<void> {
    // How that one ends is told to whoever asked for it.
    while (this.#working !== undefined) await this.#working.catch(() => {});
    const missing = without(this.#wanted, this.#confirmed);
    const surplus = without(this.#confirmed, this.#wanted);
    if (this.#link === undefined || this.#identity === undefined || missing.length + surplus.length === 0)
      return;
    const working = this.#change(this.#link, this.#identity, missing, surplus);
    this.#working = working;
    try {
      await working;
    } finally {
      if (this.#working === working) this.#working = undefined;
    }
  }

  async #change(link: Link, identity: Identity, missing: Names, surplus: Names): Promise<void> {
    if (missing.length > 0) {
      const granted = await link.subscribe(missing.map((name) => this.#dialect.topicFilter(name, identity)));
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
      await link.unsubscribe(surplus.map((name) => this.#dialect.topicFilter(name, identity).filter));
      this.#confirmed = without(this.#confirmed, surplus);
    }
  }
}

function without(names: Names, others: Names): Names {
  return names.filter((name) => !others.includes(name));
}
