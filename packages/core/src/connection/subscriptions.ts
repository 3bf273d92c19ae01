import { ProtocolError } from "../errors.ts";
import { filterOf, type Identity, type SubscriptionName } from "../mqtt/topics.ts";
import { deferred } from "../util/deferred.ts";
import type { Link } from "./link.ts";

/**
 * What a client wants to be subscribed to against what the hub has confirmed. The hub keeps the subscriptions of a
 * session, so after a reconnection only what it lost has to be asked for again.
 */
export class Subscriptions {
  readonly #wanted = new Set<SubscriptionName>();
  readonly #confirmed = new Set<SubscriptionName>();
  #link: Link | undefined;
  #identity: Identity | undefined;
  #working: Promise<void> | undefined;

  /** A session is open: brings the hub in line with what is wanted. */
  attach(link: Link, identity: Identity, sessionPresent: boolean): Promise<void> {
    this.#link = link;
    this.#identity = identity;
    this.#working = undefined;
    if (!sessionPresent) this.#confirmed.clear();
    return this.#align();
  }

  detach(): void {
    this.#link = undefined;
    this.#working = undefined;
  }

  /** Wants a subscription; resolves when the hub has confirmed it, or at once while there is no connection. */
  want(...names: SubscriptionName[]): Promise<void> {
    for (const name of names) this.#wanted.add(name);
    return this.#align();
  }

  /** Whether these are wanted and confirmed, and nothing is on its way to change that. */
  has(names: readonly SubscriptionName[]): boolean {
    return (
      this.#link !== undefined &&
      this.#working === undefined &&
      names.every((name) => this.#wanted.has(name) && this.#confirmed.has(name))
    );
  }

  /** Does not want a subscription any more. */
  drop(name: SubscriptionName): Promise<void> {
    this.#wanted.delete(name);
    return this.#align();
  }

  /** One change at a time; what comes in meanwhile is seen to right after. */
  #align(): Promise<void> {
    if (this.#link === undefined || this.#identity === undefined) return Promise.resolve();
    const next = (): Promise<void> => this.#align();
    if (this.#working !== undefined) return this.#working.then(next, next);
    if (this.#inLine) return Promise.resolve();
    const done = deferred<void>();
    this.#working = done.promise;
    const link = this.#link;
    this.#change(link, this.#identity)
      .finally(() => {
        if (this.#link === link) this.#working = undefined;
      })
      .then(done.resolve, done.reject);
    return done.promise;
  }

  get #inLine(): boolean {
    return (
      this.#wanted.size === this.#confirmed.size &&
      [...this.#wanted].every((name) => this.#confirmed.has(name))
    );
  }

  async #change(link: Link, identity: Identity): Promise<void> {
    const missing = [...this.#wanted].filter((name) => !this.#confirmed.has(name));
    const surplus = [...this.#confirmed].filter((name) => !this.#wanted.has(name));
    if (missing.length > 0) {
      const granted = await link.subscribe(
        // The hub answers twins and methods at QoS 0 whatever is asked for; C2D and inputs have to be QoS 1.
        missing.map((name) => ({
          filter: filterOf(name, identity),
          qos: name === "c2d" || name === "inputs" ? 1 : 0,
        })),
      );
      const refused = missing.filter((_, at) => (granted[at] ?? 0x80) >= 0x80);
      for (const name of missing) {
        if (refused.includes(name)) this.#wanted.delete(name);
        else this.#confirmed.add(name);
      }
      if (refused.length > 0) {
        throw new ProtocolError(
          "subscription_refused",
          `The hub refused the subscription to ${refused.join(", ")}`,
        );
      }
    }
    if (surplus.length > 0) {
      await link.unsubscribe(surplus.map((name) => filterOf(name, identity)));
      for (const name of surplus) this.#confirmed.delete(name);
    }
  }
}
