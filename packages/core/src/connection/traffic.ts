import { type SubscriptionName, telemetryTopic } from "../mqtt/topics.ts";
import type { Clock } from "../util/clock.ts";
import { deferred } from "../util/deferred.ts";
import type { Opened } from "./dial.ts";
import type { HubTarget } from "./hub-locator.ts";
import type { Link } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What traffic asks of, and tells, the client above it. */
export interface TrafficEvents {
  /** Another hub has accepted the client, or the same one as a device made anew: what the old one knew is gone. */
  onMoved(): void;
  /** Resolves when no request waits for its answer any more. */
  requestsAnswered(): Promise<void>;
}

/** How long a renewal waits for messages in flight before it takes the connection down, in milliseconds. */
const drainTimeoutMs = 5000;

/** What goes over the connections of a client, one after the other: messages, and what it is subscribed to. */
export class Traffic {
  readonly outbox: Outbox;
  readonly #clock: Clock;
  readonly #events: TrafficEvents;
  readonly #subscriptions = new Subscriptions();
  /** The hub that accepted us last. */
  #target: HubTarget | undefined;
  /** Ends the wait for what is in flight before its time. */
  #hurry: (() => void) | undefined;

  constructor(clock: Clock, maxInFlight: number, events: TrafficEvents) {
    this.#clock = clock;
    this.#events = events;
    this.outbox = new Outbox(clock, maxInFlight);
  }

  /** A session is open: resolves once it is subscribed to all that is wanted. */
  open({ link, target, sessionPresent }: Opened): Promise<void> {
    const before = this.#target;
    this.#target = target;
    const isKnown = before === target;
    if (!isKnown) this.outbox.telemetryTopic = telemetryTopic(target.identity);
    if (!isKnown && before !== undefined) {
      this.outbox.startOver();
      this.#events.onMoved();
    }
    // What another hub has confirmed is not worth anything here.
    return this.#subscriptions.attach(link, target.identity, sessionPresent && isKnown);
  }

  /** The link is in use. */
  use(link: Link): void {
    this.outbox.attach(link);
  }

  /** The connection is over; everything stays for the next one. */
  detach(): void {
    this.#subscriptions.detach();
    this.outbox.detach();
  }

  /** No connection will come. */
  giveUp(error: Error): void {
    this.outbox.failAll(error);
    this.#hurry?.();
  }

  want(...names: SubscriptionName[]): Promise<void> {
    return this.#subscriptions.want(...names);
  }

  /** Whether the hub has confirmed these, and nothing is on its way to change that. */
  has(names: readonly SubscriptionName[]): boolean {
    return this.#subscriptions.has(names);
  }

  drop(name: SubscriptionName): Promise<void> {
    return this.#subscriptions.drop(name);
  }

  /** Lets what is with the hub finish, within a bound. */
  drained(): Promise<void> {
    const late = deferred<void>();
    this.#hurry = late.resolve;
    const timer = this.#clock.setTimer(late.resolve, drainTimeoutMs);
    const sent = new Promise<void>((resolve) => this.outbox.drain(resolve));
    return Promise.race([late.promise, Promise.all([sent, this.#events.requestsAnswered()])])
      .then(() => {})
      .finally(() => timer.cancel());
  }
}
