import { type PageTimer, setPageTimer } from "@isohub/browser/timer";
import { type Signal, signal } from "@preact/signals";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** The times of a composed message. */
export interface MessageTimes {
  /** The number of messages at each time. */
  readonly burst: number;
  /** The seconds until the first time. */
  readonly afterSeconds: number;
  /** The seconds between two times; 0 for a message that isn't repeated. */
  readonly everySeconds: number;
}

/** A message that is sent later, or repeatedly. */
export interface ScheduledMessage extends MessageTimes {
  readonly message: OutgoingMessage;
  readonly nextAt: number;
}

/** The scheduled messages of a device, until each has been sent or is cancelled. */
export class MessageSchedule {
  readonly list: Signal<readonly ScheduledMessage[]> = signal([]);
  readonly #send: (message: OutgoingMessage) => void;
  readonly #timers = new Map<ScheduledMessage, PageTimer>();

  /** @param send - sends one message now */
  constructor(send: (message: OutgoingMessage) => void) {
    this.#send = send;
  }

  /** Sends a message at its times. Without a delay, the first time is now. */
  add(message: OutgoingMessage, times: MessageTimes): void {
    if (times.afterSeconds > 0) this.#wait(message, times, times.afterSeconds);
    else this.#run(message, times);
  }

  cancel(scheduled: ScheduledMessage): void {
    this.#timers.get(scheduled)?.cancel();
    this.#timers.delete(scheduled);
    this.list.value = this.list.peek().filter((each) => each !== scheduled);
  }

  cancelAll(): void {
    for (const scheduled of this.list.peek()) this.cancel(scheduled);
  }

  #run(message: OutgoingMessage, times: MessageTimes): void {
    for (let count = 0; count < times.burst; count++) this.#send(message);
    if (times.everySeconds > 0) this.#wait(message, times, times.everySeconds);
  }

  #wait(message: OutgoingMessage, times: MessageTimes, seconds: number): void {
    const scheduled: ScheduledMessage = { ...times, message, nextAt: Date.now() + seconds * 1000 };
    const timer = setPageTimer(() => {
      this.cancel(scheduled);
      this.#run(message, times);
    }, seconds * 1000);
    this.#timers.set(scheduled, timer);
    this.list.value = [...this.list.peek(), scheduled];
  }
}
