import type { Clock } from "@isohub/core/internal";
import { isoTime } from "../clock.ts";
import type { Identity } from "../identities/identity.ts";
import type { EventBody, HubEvent, HubEventType } from "./events.ts";

/** Delivers the events of the hub to listeners and streams. */
export class EventFeed {
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: HubEvent) => void>();
  readonly #counts = new Map<HubEventType, number>();
  readonly #iterators = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  emit<Type extends HubEventType>(type: Type, { deviceId, moduleId }: Identity, body: EventBody<Type>): void {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (this.#listeners.size === 0) return;
    const head = {
      type,
      at: isoTime(this.#clock.now()),
      deviceId,
      ...(moduleId === undefined ? {} : { moduleId }),
    };
    // The compiler can't prove that a type and its own body are a member of the union.
    const event = { ...head, ...body } as unknown as HubEvent;
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // An error of a listener must not fail the hub, but must not be lost either: it surfaces as uncaught.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The number of events of each type so far. */
  get counts(): ReadonlyMap<HubEventType, number> {
    return this.#counts;
  }

  /** Calls `listener` with every event from now on. Returns a function that stops it. */
  on(listener: (event: HubEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns every event from this call on, until the signal is aborted or the hub is closed. None is lost. */
  stream(signal?: AbortSignal): AsyncIterableIterator<HubEvent> {
    const waiting: HubEvent[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    const stop = this.on((event) => {
      waiting.push(event);
      wake?.();
    });
    const end = (): void => {
      ended = true;
      stop();
      this.#iterators.delete(end);
      signal?.removeEventListener("abort", end);
      wake?.();
    };
    this.#iterators.add(end);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (waiting.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const value = waiting.shift();
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
      },
      async return() {
        waiting.length = 0;
        end();
        return { done: true, value: undefined };
      },
    };
  }

  /** Ends every stream and removes every listener. */
  close(): void {
    for (const end of [...this.#iterators]) end();
    this.#listeners.clear();
  }
}
